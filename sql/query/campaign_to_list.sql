-- Agents whose list of calls is to be read: when calls were placed since the
-- last time, or when calls wait for it.  INT64_MAX as :before: all.
SELECT c.account, c.agent_id, min(c.listed_to), max(EXISTS (
    SELECT 1 FROM breaker b
    WHERE b.account = c.account AND b.name = 'reconcile'))
FROM campaign c
WHERE c.active AND (:before > unixepoch()
  OR EXISTS (SELECT 1 FROM breaker b
    WHERE b.account = c.account AND b.name = 'reconcile')
  OR (c.listed_to < :before AND EXISTS (SELECT 1 FROM attempt a
    WHERE a.campaign = c.id AND a.sent_at > c.listed_to - :overlap)))
GROUP BY c.account, c.agent_id;
