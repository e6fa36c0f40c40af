-- Who is to be judged now: whom a person has just asked for, then by the
-- Priority column, then first come first.
SELECT id FROM lead l INDEXED BY lead_due
WHERE campaign = :campaign AND due_at <= :now
  AND next_at IS NOT NULL AND held IS NULL AND present
  AND (:only IS NULL OR id = :only)
ORDER BY id IN (SELECT lead FROM wish) DESC, priority DESC, due_at, id LIMIT :limit;
