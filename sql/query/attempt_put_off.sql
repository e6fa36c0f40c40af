UPDATE attempt SET look_at = :look_at WHERE id = :attempt AND state = 'unknown';
