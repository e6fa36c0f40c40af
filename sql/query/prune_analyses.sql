DELETE FROM analysis WHERE id = :id AND at < :before;
