-- Entries of the do-not-call list that were taken off it.
SELECT id FROM suppression WHERE id > :after AND removed_at < :before
ORDER BY id LIMIT :limit;
