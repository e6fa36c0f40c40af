-- Taken, or given up for a reason; in either case never posted again.
UPDATE post SET due_at = NULL, sent_at = NULL, done_at = :now, error = :error
WHERE id = :post;
