-- The section was renamed: who opted out, was called and paid for stays its own.
UPDATE account SET name = :name
WHERE id = :account AND NOT EXISTS (SELECT 1 FROM account WHERE name = :name);
