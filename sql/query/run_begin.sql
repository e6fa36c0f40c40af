INSERT INTO run (pid) VALUES (:pid);
