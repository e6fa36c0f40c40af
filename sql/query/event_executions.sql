-- The next executions that Bolna has told something about since then.
-- scan: a replay looks at the whole journal, a batch at a time
SELECT DISTINCT execution FROM event
WHERE execution > :after AND received_at >= :since
ORDER BY execution LIMIT :limit;
