SELECT address FROM refused WHERE address > :after AND last_at < :before
ORDER BY address LIMIT :limit;
