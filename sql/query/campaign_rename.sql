-- The section was renamed: the same tab stays the same campaign, so that its
-- people are not new ones.
UPDATE campaign SET name = :name
WHERE account = :account AND sheet = :sheet AND NOT active
  AND NOT EXISTS (SELECT 1 FROM campaign WHERE name = :name);
