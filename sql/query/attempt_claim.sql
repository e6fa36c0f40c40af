-- Take the first leads that are due: the attempts exist before anything is
-- sent.  Two leads with one number: the unique index lets the first one in.
INSERT OR IGNORE INTO attempt (lead, campaign, account, phone, agent_id,
  token, state)
SELECT lead, campaign, account, phone, :agent,
  :seed || lower(hex(randomblob(8))), 'intent'
FROM due WHERE campaign = :campaign ORDER BY next_at LIMIT :limit
RETURNING id;
