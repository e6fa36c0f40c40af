-- The rows of calls that may have been placed are written again.
INSERT INTO delivery (kind, campaign, lead, due_at)
SELECT 'sheet', campaign, lead, :now FROM attempt WHERE state = 'unknown'
ON CONFLICT (kind, lead) DO UPDATE
  SET rev = rev + 1, due_at = excluded.due_at;
