-- The call is over and Bolna has confirmed it.
UPDATE attempt SET state = 'done', ended_at = :now, look_at = NULL
WHERE id = :attempt AND state IN ('sending', 'accepted', 'unknown')
RETURNING lead;
