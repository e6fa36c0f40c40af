-- Something that the sheet shows has changed for this attempt's lead.
INSERT INTO delivery (kind, campaign, lead, due_at)
SELECT 'sheet', campaign, lead, :now FROM attempt WHERE id = :attempt
ON CONFLICT (kind, lead) DO UPDATE
  SET rev = rev + 1, due_at = excluded.due_at;
