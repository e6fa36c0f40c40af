-- The rows of claimed leads are to carry their tokens.
INSERT INTO delivery (kind, campaign, lead, due_at)
SELECT 'sheet', campaign, lead, :now FROM attempt
WHERE state IN ('intent', 'sending', 'accepted', 'unknown')
  AND state = 'intent' AND campaign = :campaign
ON CONFLICT (kind, lead) DO UPDATE
  SET rev = rev + 1, due_at = excluded.due_at;
