-- As execution_ahead; a write is never put off for more than an hour.
UPDATE delivery SET due_at = :now
WHERE kind = 'sheet' AND campaign IN (SELECT id FROM campaign)
  AND due_at > :now + 7200;
