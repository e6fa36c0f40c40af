-- Surely not placed: it costs no attempt, and the lead is due again.
UPDATE attempt SET state = 'released', http_status = :http, note = :note,
  ended_at = :now
WHERE id = :attempt AND execution IS NULL
  AND (state = 'intent' OR (state = 'sending' AND :refused))
RETURNING lead;
