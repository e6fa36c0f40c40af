-- A list names an end that was not confirmed yet: ask now.  The list itself
-- may hold less than Bolna's answer about the one call.
UPDATE execution SET confirm_at = :now, confirms = 0
WHERE id = :id AND attempt IS NOT NULL
  AND id NOT IN (SELECT mark FROM erased)
  AND coalesce(confirm_at, :now + 1) > :now
  AND (SELECT final AND NOT (verified AND means = execution.final)
    FROM disposition WHERE status = :status)
RETURNING 1;
