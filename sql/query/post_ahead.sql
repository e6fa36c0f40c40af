-- As execution_ahead; no post is put off for more than a day.
UPDATE post SET due_at = :now
WHERE kind IN ('slack', 'analysis', 'history') AND due_at > :now + 90000;
