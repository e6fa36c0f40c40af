-- Calls that may have been placed, to be looked for in Bolna's listing.
SELECT a.id, a.token, a.sent_at, a.account, c.agent_id
FROM attempt a JOIN campaign c ON c.id = a.campaign
WHERE a.state = 'unknown' AND a.look_at <= :now
ORDER BY c.agent_id, a.sent_at;
