-- The connection stands; from here on the call may have been placed.
UPDATE attempt SET state = 'sending', sent_at = :now
WHERE id = :attempt AND state = 'intent' RETURNING id;
