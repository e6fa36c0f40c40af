-- The section was renamed: the same tab stays the same campaign, so that its
-- people are not new ones, whichever account calls them now.
UPDATE campaign SET name = :name
WHERE id = (SELECT id FROM campaign WHERE sheet = :sheet AND NOT active
    ORDER BY account = :account DESC, imported_at DESC LIMIT 1)
  AND NOT EXISTS (SELECT 1 FROM campaign WHERE name = :name);
