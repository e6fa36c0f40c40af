-- Since when, and by what, is a number closed for this account?
SELECT date(added_at, 'unixepoch', 'localtime'), source FROM suppression
WHERE phone = :phone AND removed_at IS NULL
  AND (account = :account OR account IS NULL)
ORDER BY added_at LIMIT 1;
