-- The last two tell whether the dialer was away.
SELECT id FROM run WHERE id > :after AND started_at < :before
  AND id < (SELECT max(id) FROM run) - 1
ORDER BY id LIMIT :limit;
