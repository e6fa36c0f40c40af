-- Who is to be judged now: first by the Priority column, then first come first.
SELECT id FROM lead l INDEXED BY lead_due
WHERE campaign = :campaign AND due_at <= :now
  AND next_at IS NOT NULL AND held IS NULL AND present
ORDER BY priority DESC, due_at, id LIMIT :limit;
