-- What the sheet says of a lead now.
UPDATE lead SET key = :key, name = :name, variables = :variables,
  country = :country, timezone = :timezone, timezone_from = :timezone_from,
  priority = :priority, consent = :consent, consent_on = :consent_on,
  control = :control, status_cell = :status_cell, present = 1, held = :held,
  held_note = :held_note, granted = :granted,
  next_at = coalesce(:next_at, next_at)
WHERE id = :lead;
