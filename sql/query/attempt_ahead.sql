-- As execution_ahead; looks are never more than 15 minutes apart.
UPDATE attempt SET look_at = :now, first_look = min(first_look, :now)
WHERE state = 'unknown' AND look_at > :now + 3600;
