-- What the sheet says of a lead now.
UPDATE lead SET key = :key, name = :name, variables = :variables, timezone = :timezone,
  control = :control, status_cell = :status_cell, present = 1, held = :held,
  held_note = :held_note, granted = :granted,
  next_at = coalesce(:next_at, next_at)
WHERE id = :lead;
