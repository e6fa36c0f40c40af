-- What we wrote for this lead is no longer in its row.
INSERT INTO delivery (kind, campaign, lead, due_at)
SELECT 'sheet', campaign, id, :now FROM lead WHERE id = :lead
ON CONFLICT DO NOTHING;
