-- A person asks for a lead; what it was before is kept, also when it was asked
-- for already.
INSERT INTO wish (lead, asked_at, next_at, granted, held, held_note)
SELECT id, :now, next_at, granted, held, held_note FROM lead WHERE id = :lead
ON CONFLICT (lead) DO UPDATE SET asked_at = excluded.asked_at;
