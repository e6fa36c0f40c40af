-- Requests that a pass did not live to see the end of.  What a clock that was
-- ahead has begun has no end either.
SELECT id, kind, tries, doubt, created_at, coalesce(attempt, 0) FROM post
WHERE sent_at IS NOT NULL AND (sent_at < :before OR sent_at > :now + 7200)
LIMIT :limit;
