-- Nobody else is told of the person any more.
UPDATE post SET due_at = NULL, done_at = unixepoch(), error = 'erased'
WHERE attempt IN (SELECT id FROM attempt WHERE lead = :lead)
  AND due_at IS NOT NULL;
