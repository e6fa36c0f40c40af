-- The history of a number is as old as the last call in it.
SELECT id FROM analysis
WHERE id > :after AND at < :before ORDER BY id LIMIT :limit;
