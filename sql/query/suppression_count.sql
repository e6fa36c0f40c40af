-- How often the list has a number in the file: each entry once, and those in
-- force once more in their index.
SELECT count(*) + count(*) FILTER (WHERE removed_at IS NULL)
FROM suppression WHERE phone = :phone;
