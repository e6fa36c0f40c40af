UPDATE lead SET held = :held, held_note = :note, next_at = NULL
WHERE id = :lead;
