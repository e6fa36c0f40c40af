-- The rows that are a person's.
SELECT l.id FROM lead l JOIN campaign c ON c.id = l.campaign
WHERE l.phone = :phone AND (:account IS NULL OR c.account = :account)
ORDER BY l.id;
