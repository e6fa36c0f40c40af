-- The rows of a number, in all campaigns, or in those of one account.
SELECT l.id, c.id, c.name, l.name, l.timezone, o.name,
  (SELECT count(*) FROM attempt a WHERE a.lead = l.id
    AND a.state <> 'released')
FROM lead l JOIN campaign c ON c.id = l.campaign
JOIN account o ON o.id = c.account
WHERE l.phone = :phone AND (:account IS NULL OR c.account = :account)
ORDER BY l.id;
