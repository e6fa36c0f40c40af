-- They are told.
INSERT INTO delivery (kind, campaign, lead, due_at)
SELECT 'sheet', l.campaign, l.id, :now FROM lead l
JOIN campaign c ON c.id = l.campaign
JOIN attempt a ON a.phone = l.phone
JOIN campaign own ON own.id = a.campaign
  AND c.account IN (a.account, own.account)
WHERE a.id = :attempt
ON CONFLICT (kind, lead) DO UPDATE
  SET rev = rev + 1, due_at = excluded.due_at;
