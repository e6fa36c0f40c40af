-- The last try failed; once more, not before :due.
UPDATE post SET sent_at = NULL, due_at = :due, error = :error,
  doubt = max(doubt, :doubt)
WHERE id = :post;
