-- Bolna answered with an execution.
UPDATE attempt SET state = 'accepted', execution = :execution,
  http_status = :http, look_at = NULL
WHERE id = :attempt AND (execution IS NULL OR execution = :execution)
  AND state IN ('sending', 'unknown', 'accepted')
RETURNING id;
