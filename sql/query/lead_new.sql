-- A row of the sheet that was not seen before.
INSERT INTO lead (campaign, key, phone, name, variables, timezone, control,
  status_cell, held, held_note, next_at)
VALUES (:campaign, :key, :phone, :name, :variables, :timezone, :control,
  :status_cell, :held, :held_note, :next_at);
