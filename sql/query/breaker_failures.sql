-- Half of the last ten calls of an account failed, which is no chance any more:
-- why dialling stops, when it has not stopped for that already.
SELECT sum(failed) || ' of the last ' || count(*) || ' calls failed: look why,'
  || ' then "callsheet resume"' FROM (
  SELECT a.state = 'rejected' OR e.final IN ('failed', 'error') AS failed
  FROM account o
  JOIN attempt a ON a.id IN (SELECT r.id FROM campaign c
    JOIN attempt r ON r.campaign = c.id
    WHERE c.account = o.id AND r.sent_at > max(o.forgiven_at, :now - 86400)
      AND r.state IN ('done', 'rejected')
    ORDER BY r.sent_at DESC LIMIT 10)
  LEFT JOIN execution e ON e.attempt = a.id
  WHERE o.id = :account)
WHERE NOT EXISTS (SELECT 1 FROM breaker b WHERE b.account = :account
  AND b.name = 'failures' AND b.until > :now)
HAVING count(*) = 10 AND total(failed) >= 5;
