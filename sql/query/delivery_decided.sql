-- The row is to say why it waits; results of calls go first.
INSERT INTO delivery (kind, campaign, lead, due_at)
SELECT 'sheet', campaign, id, :now + 5 FROM lead WHERE id = :lead
ON CONFLICT (kind, lead) DO UPDATE SET rev = rev + 1;
