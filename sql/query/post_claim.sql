-- Just before a request: whoever finds it due has it to itself.
UPDATE post SET due_at = NULL, sent_at = :now, tries = tries + 1
WHERE id = :post AND due_at <= :now AND sent_at IS NULL
RETURNING tries;
