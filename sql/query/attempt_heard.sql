-- Bolna speaks of this execution, so the call exists.
UPDATE attempt SET state = 'accepted', look_at = NULL
WHERE id = :attempt AND execution = :execution
  AND state IN ('sending', 'unknown');
