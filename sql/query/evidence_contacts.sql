-- Whom a number is known as; and who has no number, but was heard in a call to
-- it.
WITH mine AS (
  SELECT ct.id FROM account acc CROSS JOIN contact ct ON ct.account = acc.id
    AND ct.phone = :phone
  UNION SELECT ct.id FROM attempt a JOIN contact ct ON ct.email_from = a.id
  WHERE a.phone = :phone AND ct.phone IS NULL
  UNION SELECT ct.id FROM attempt a JOIN contact ct ON ct.name_from = a.id
  WHERE a.phone = :phone AND ct.phone IS NULL
)
SELECT (SELECT timezone FROM lead WHERE phone = :phone ORDER BY id LIMIT 1),
  ct.id, acc.name, ct.phone, ct.email, ct.name, ct.other_phone, ct.phone_from,
  ct.email_from, ct.name_from, ct.created_at, ct.changed_at
FROM mine m JOIN contact ct ON ct.id = m.id
JOIN account acc ON acc.id = ct.account
WHERE :account IS NULL OR ct.account = :account
ORDER BY ct.id;
