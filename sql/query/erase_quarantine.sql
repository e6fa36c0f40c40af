DELETE FROM quarantine WHERE id = :id;
