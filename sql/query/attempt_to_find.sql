-- Calls that may have been placed, to be looked for in Bolna's listing.
SELECT id, token, sent_at, account, agent_id, campaign, looks
FROM attempt
WHERE state = 'unknown' AND look_at <= :now
ORDER BY account, agent_id, sent_at;
