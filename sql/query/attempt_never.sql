-- A person says that it was not placed: it costs no attempt.
UPDATE attempt SET state = 'released', note = :note, ended_at = :now,
  look_at = NULL
WHERE (id = :attempt OR lead = :lead) AND state = 'unknown'
  AND execution IS NULL
RETURNING lead;
