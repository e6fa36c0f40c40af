-- The number on the do-not-call list, past and present.
SELECT (SELECT timezone FROM lead WHERE phone = :phone ORDER BY id LIMIT 1),
  s.id, coalesce(acc.name, '(all)'), s.phone, s.source, s.note, s.added_at,
  s.removed_at, s.erased_at
FROM suppression s LEFT JOIN account acc ON acc.id = s.account
WHERE s.phone = :phone
  AND (:account IS NULL OR s.account IS NULL OR s.account = :account)
ORDER BY s.id;
