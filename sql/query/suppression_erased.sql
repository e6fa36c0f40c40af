-- Is a row with this number not to be taken in, because it was erased?
SELECT 1 FROM suppression
WHERE phone = :phone AND removed_at IS NULL AND erased_at IS NOT NULL
  AND (account = :account OR account IS NULL);
