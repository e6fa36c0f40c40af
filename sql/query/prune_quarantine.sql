DELETE FROM quarantine WHERE id = :id AND received_at < :before;
