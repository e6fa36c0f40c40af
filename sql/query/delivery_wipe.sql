-- Another person's result stands in this lead's row: clear all our cells.
INSERT INTO delivery (kind, campaign, lead, due_at, wipe)
SELECT 'sheet', campaign, id, :now, 1 FROM lead WHERE id = :lead
ON CONFLICT (kind, lead) DO UPDATE
  SET rev = rev + 1, due_at = excluded.due_at, tries = 0, wipe = 1;
