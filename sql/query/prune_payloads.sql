-- The digest stays: a body that is sent again is known.
UPDATE event SET body = '' WHERE id = :id AND received_at < :before;
