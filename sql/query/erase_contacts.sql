-- Whom the account knows under a person's number.
DELETE FROM contact WHERE id IN (SELECT ct.id
  FROM lead l JOIN campaign c ON c.id = l.campaign
  JOIN contact ct ON ct.account = c.account AND ct.phone = l.phone
  WHERE l.id = :lead);
