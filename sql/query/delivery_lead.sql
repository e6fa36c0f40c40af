-- Something that the sheet shows has changed for this lead.
INSERT INTO delivery (kind, campaign, lead, due_at)
SELECT 'sheet', campaign, id, :now FROM lead WHERE id = :lead
ON CONFLICT (kind, lead) DO UPDATE
  SET rev = rev + 1, due_at = excluded.due_at;
