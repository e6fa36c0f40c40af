-- A call that is not its own stands in this lead's row: write all our cells.
INSERT INTO delivery (kind, campaign, lead, due_at, wipe)
SELECT 'sheet', campaign, id, :now, 1 FROM lead WHERE id = :lead
ON CONFLICT (kind, lead) DO UPDATE
  SET rev = rev + 1, due_at = excluded.due_at, wipe = 1 WHERE NOT wipe;
