-- Rows, to be searched for a number that is not their own.
-- scan: a person asked for it
SELECT l.id, l.present, l.phone, l.name, l.key, l.variables, l.consent,
  l.control, l.status_cell, l.held_note, c.name, c.account
FROM lead l JOIN campaign c ON c.id = l.campaign;
