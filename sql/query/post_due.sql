-- What may be posted now to services of one kind, first come first.
SELECT p.id, p.account, coalesce(p.attempt, 0), coalesce(a.campaign, 0),
  p.text, p.tries, p.doubt, p.created_at
FROM post p LEFT JOIN attempt a ON a.id = p.attempt
WHERE p.kind = :kind AND p.due_at <= :now AND p.sent_at IS NULL
ORDER BY p.due_at, p.id LIMIT :limit;
