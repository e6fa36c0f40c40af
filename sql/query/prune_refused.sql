DELETE FROM refused WHERE address = :id AND last_at < :before;
