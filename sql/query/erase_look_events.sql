-- What Bolna has said, to be searched for a number.
SELECT id, body FROM event WHERE id > :after ORDER BY id;
