-- Taken, or given up for a reason; in either case never posted again, unless
-- there is more to be said by now (trigger analysis_grown).
UPDATE post SET done_at = iif(sent_at IS NULL OR due_at IS NULL, :now, NULL),
  due_at = iif(sent_at IS NULL, NULL, due_at), sent_at = NULL, error = :error
WHERE id = :post;
