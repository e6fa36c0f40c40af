-- When the last pass before this one was at work; null before the first, and
-- while nobody has been called, so that there is nothing to ask about.
-- scan: of attempts only whether there is one
SELECT max(started_at, coalesce(ended_at, 0)) FROM run
WHERE EXISTS (SELECT 1 FROM attempt)
ORDER BY id DESC LIMIT 1 OFFSET 1;
