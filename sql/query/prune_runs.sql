DELETE FROM run WHERE id = :id AND started_at < :before;
