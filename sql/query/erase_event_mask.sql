-- The digest stays: the same body, sent again, is known.
UPDATE event SET body = :body WHERE id = :event;
