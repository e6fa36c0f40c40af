-- scan: the list is not long, and removed entries have no index
DELETE FROM suppression
WHERE phone = :phone AND removed_at IS NOT NULL
  AND (:account IS NULL OR account = :account);
