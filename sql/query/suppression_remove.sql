-- Open a number again: what was added stays as history.
UPDATE suppression SET removed_at = :now
WHERE phone = :phone AND removed_at IS NULL
  AND coalesce(account, 0) = coalesce(:account, 0)
RETURNING id;
