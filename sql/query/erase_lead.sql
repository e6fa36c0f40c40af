-- Its attempts refer to it.  The text in the place of the number is none that
-- could be called.
UPDATE lead SET phone = 'erased ' || id, key = '', name = '',
  variables = '{}', country = '', timezone = '', timezone_from = '',
  priority = 0, consent = '', consent_on = '', control = '',
  status_cell = '', present = 0, held = NULL, held_note = NULL,
  next_at = NULL, put_off = NULL, cell_execution = '', cell_status = ''
WHERE id = :lead;
