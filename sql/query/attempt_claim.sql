-- The attempt exists before anything is sent.  The unique index attempt_live
-- lets one in a number.  The token says for which campaign, should the database
-- forget it: see lead_of_call.
INSERT OR IGNORE INTO attempt (lead, campaign, account, phone, agent_id,
  from_number, token, state)
SELECT l.id, c.id, c.account, l.phone, :agent, :from, :seed
  || lower(hex(randomblob(8))) || '-' || c.id, 'intent'
FROM lead l JOIN campaign c ON c.id = l.campaign WHERE l.id = :lead
RETURNING id;
