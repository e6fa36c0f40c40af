-- Of the list's other entries for a number those in force stay, without a note.
UPDATE suppression SET note = NULL, erased_at = :now
WHERE phone = :phone AND removed_at IS NULL
  AND (:account IS NULL OR account = :account);
