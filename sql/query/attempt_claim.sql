-- Take the first lead that is due: the attempt exists before anything is sent.
INSERT INTO attempt (lead, campaign, account, phone, token, state)
SELECT lead, campaign, account, phone, :token, 'intent' FROM due
WHERE campaign = :campaign ORDER BY next_at LIMIT 1
RETURNING id, lead;
