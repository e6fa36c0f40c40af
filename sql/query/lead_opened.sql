-- The rows of a number that may be called again; those whose Control says dnc
-- stay closed.
UPDATE lead SET put_off = NULL,
  held = CASE WHEN held = 'dnc' THEN NULL ELSE held END,
  held_note = CASE WHEN held = 'dnc' THEN NULL ELSE held_note END
WHERE phone = :phone AND control <> 'dnc'
  AND (held = 'dnc' OR put_off IS NOT NULL)
RETURNING id;
