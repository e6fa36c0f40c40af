-- Another alarm of the same moment, while there is room in the message.
UPDATE post SET text = text || char(10) || :text
WHERE id = (SELECT max(id) FROM post
    WHERE kind = 'slack' AND due_at = :now AND attempt IS NULL
      AND account = :account AND tries = 0)
  AND length(text) + length(:text) < 2000
  AND EXISTS (SELECT 1 FROM concern
    WHERE what = :what AND which = :which AND about = :about
      AND account = :account);
