SELECT id, body FROM quarantine WHERE id > :after ORDER BY id;
