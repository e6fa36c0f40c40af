SELECT name, key, variables, consent, control, status_cell, held_note
FROM lead WHERE id = :lead;
