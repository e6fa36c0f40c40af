-- A call that the database has forgotten, because a backup was put back.
-- While an earlier call to the number is not settled the index keeps it out.
-- Its account is the one in whose list it stands.
INSERT OR IGNORE INTO attempt (lead, campaign, account, phone, agent_id,
  token, state, claimed_at, sent_at, note)
SELECT l.id, c.id, :account, l.phone, :agent, :token, 'sending', :at, :at,
  'found in Bolna''s list'
FROM lead l JOIN campaign c ON c.id = l.campaign
WHERE l.id = :lead
RETURNING id;
