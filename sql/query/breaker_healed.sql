-- Did the last call since a breaker's time was over end well?
SELECT count(*) FROM breaker b JOIN campaign c ON c.account = b.account
WHERE b.account = :account AND b.name IN ('failures', 'opt-outs')
  AND b.until <= :now
  AND EXISTS (SELECT 1 FROM attempt a WHERE a.campaign = c.id
    AND a.sent_at >= b.until AND a.state = 'done'
    AND (SELECT e.final FROM execution e WHERE e.attempt = a.id)
      NOT IN ('failed', 'error'));
