-- Bolna refused it: no call was placed.
UPDATE attempt SET state = 'rejected', http_status = :http, note = :note,
  ended_at = :now
WHERE id = :attempt AND state = 'sending' AND execution IS NULL
RETURNING id;
