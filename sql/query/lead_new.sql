-- A row of the sheet that was not seen before.
INSERT INTO lead (campaign, key, phone, name, variables, country, timezone,
  timezone_from, priority, consent, consent_on, control, status_cell, held,
  held_note, next_at)
VALUES (:campaign, :key, :phone, :name, :variables, :country, :timezone,
  :timezone_from, :priority, :consent, :consent_on, :control, :status_cell,
  :held, :held_note, :next_at);
