-- Bolna has corrected how a call ended: who wants to be told of ends like this
-- one is told, unless the end before was told there.
INSERT INTO post (kind, account, attempt, due_at)
SELECT n.kind, a.account, a.id, :now
FROM attempt a JOIN notify n ON n.campaign = a.campaign AND n.status = :status
WHERE a.id = :attempt
ON CONFLICT (attempt, kind) DO NOTHING;
