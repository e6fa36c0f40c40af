-- Five people of an account, and a tenth of those who were talked to, asked
-- within a day not to be called again: why dialling stops, when it has not
-- stopped for that already.
SELECT n || ' people of ' || talks || ' asked not to be called again within a'
  || ' day: look why, then "callsheet resume"' FROM (SELECT n, CASE WHEN n >= 5 THEN (
    SELECT count(*) FROM campaign c JOIN attempt a ON a.campaign = c.id
      AND a.sent_at > :now - 86400
    WHERE c.account = :account AND (SELECT e.final FROM execution e
      WHERE e.attempt = a.id) = 'completed') END AS talks
  FROM (SELECT count(*) AS n FROM suppression s
    WHERE s.account = :account AND s.source = 'call'
      AND s.added_at > max(:now - 86400, (SELECT forgiven_at FROM account
        WHERE id = :account))))
WHERE n >= 5 AND n * 10 >= talks
  AND NOT EXISTS (SELECT 1 FROM breaker b WHERE b.account = :account
    AND b.name = 'opt-outs' AND b.until > :now);
