-- The call that was found is the one on the line.
UPDATE attempt SET state = 'accepted', ended_at = NULL WHERE id = :attempt;
