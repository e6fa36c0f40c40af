-- The call that Bolna gave this id, else the rows with this key, of those that
-- a user of the web may speak for: admin for all, others for their account.
SELECT a.lead, a.id FROM attempt a JOIN account acc ON acc.id = a.account
WHERE a.execution = :id AND (:user = 'admin' OR acc.name = :user)
UNION ALL
SELECT l.id, 0 FROM lead l JOIN campaign c ON c.id = l.campaign
JOIN account acc ON acc.id = c.account
WHERE l.key = :id AND l.key <> '' AND l.present
  AND (:user = 'admin' OR acc.name = :user)
  AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.execution = :id)
LIMIT 2;
