-- The rows of a number that may be called again; those whose Control says dnc
-- stay closed.
UPDATE lead SET held = NULL, held_note = NULL
WHERE phone = :phone AND held = 'dnc' AND control <> 'dnc'
RETURNING id;
