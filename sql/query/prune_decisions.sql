DELETE FROM decision WHERE id = :id AND at < :before;
