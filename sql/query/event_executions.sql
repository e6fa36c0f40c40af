-- The next executions that Bolna has told something about since then.
SELECT DISTINCT execution FROM event
WHERE execution > :after AND received_at >= :since
ORDER BY execution LIMIT :limit;
