-- A person asks for a lead; what it was before is kept.
INSERT OR REPLACE INTO wish (lead, asked_at, next_at, granted, held, held_note)
SELECT id, :now, next_at, granted, held, held_note FROM lead WHERE id = :lead;
