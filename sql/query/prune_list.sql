DELETE FROM suppression WHERE id = :id AND removed_at < :before;
