-- Three whole listings over half an hour do not have it: over, and it counts.
-- A webhook that comes after all is still taken (attempt_adopt).
UPDATE attempt SET state = 'done', note = :note, ended_at = :now,
  look_at = NULL
WHERE id = :attempt AND state = 'unknown' AND execution IS NULL
RETURNING lead;
