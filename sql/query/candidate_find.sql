-- The call that Bolna gave this id, else the rows with this key, of those that
-- a user of the web may speak for: who that is, as in api_account.sql.
WITH who (account) AS MATERIALIZED (
  SELECT coalesce((SELECT id FROM account WHERE name = :user AND active),
    CASE WHEN :user = 'admin'
      AND NOT EXISTS (SELECT 1 FROM account WHERE name = :user) THEN 0 END))
SELECT a.lead, a.id FROM who JOIN attempt a ON a.execution = :id
WHERE who.account IN (0, a.account)
UNION ALL
SELECT l.id, 0 FROM who JOIN lead l ON l.key = :id
JOIN campaign c ON c.id = l.campaign
WHERE l.key <> '' AND l.present AND who.account IN (0, c.account)
  AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.execution = :id)
LIMIT 2;
