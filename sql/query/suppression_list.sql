-- The do-not-call list as it is in force.
SELECT s.phone, coalesce(a.name, '(all)'),
  datetime(s.added_at, 'unixepoch', 'localtime'), s.source, s.note
FROM suppression s LEFT JOIN account a ON a.id = s.account
WHERE s.removed_at IS NULL AND (:account IS NULL OR s.account = :account)
ORDER BY s.phone, s.account;
