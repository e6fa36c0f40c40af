-- They stand in what Bolna has said, too.
UPDATE event SET body = ''
WHERE execution = (SELECT id FROM execution
    WHERE rowid = :id AND last_at < :before) AND body <> '';
