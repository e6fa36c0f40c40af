-- The rows of the numbers that digits may mean, as in api_why.sql.
WITH number (phone) AS (
  SELECT '+' || :digits
  UNION
  SELECT substr(l.phone, 1, length(l.phone) - length(:digits)) || :digits
  FROM campaign c JOIN lead l ON l.id = (SELECT p.id FROM lead p
    WHERE p.campaign = c.id AND p.present AND p.phone LIKE '+%' LIMIT 1)
  WHERE length(l.phone) > length(:digits) + 1
    AND (:account = 0 OR c.account = :account))
SELECT l.id, l.campaign FROM lead l JOIN campaign c ON c.id = l.campaign
WHERE l.phone IN (SELECT phone FROM number)
  AND (:account = 0 OR c.account = :account)
ORDER BY l.id DESC LIMIT 20;
