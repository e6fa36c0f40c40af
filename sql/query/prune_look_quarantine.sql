SELECT id FROM quarantine WHERE id > :after AND received_at < :before
ORDER BY id LIMIT :limit;
