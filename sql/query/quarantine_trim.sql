-- The quarantine is bounded: only the newest :keep stay.
DELETE FROM quarantine
WHERE id <= (SELECT max(id) FROM quarantine) - :keep;
