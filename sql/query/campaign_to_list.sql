-- Agents whose list of calls is to be read: when calls were placed since the
-- last time, or when calls wait for it; of one that has been replaced, what it
-- called until then.  By the account that waits for it; the last column is the
-- one that the agent was in.  INT64_MAX as :before: all.
SELECT c.account, g.agent_id, min(g.listed_to), max(EXISTS (
    SELECT 1 FROM breaker b
    WHERE b.account = c.account AND b.name = 'reconcile')) AS blocked,
  max(g.until IS NULL), g.account
FROM campaign_agent g JOIN campaign c ON c.id = g.campaign
WHERE c.active AND CASE WHEN g.until IS NULL THEN :before > unixepoch()
  OR EXISTS (SELECT 1 FROM breaker b
    WHERE b.account = c.account AND b.name = 'reconcile')
  OR (g.listed_to < :before AND EXISTS (SELECT 1 FROM attempt a
    WHERE a.campaign = c.id AND a.sent_at > g.listed_to - :overlap))
  ELSE g.until > g.listed_to - :overlap AND (g.listed_to < :before
    OR EXISTS (SELECT 1 FROM breaker b
    WHERE b.account = c.account AND b.name = 'reconcile')) END
GROUP BY c.account, g.account, g.agent_id;
