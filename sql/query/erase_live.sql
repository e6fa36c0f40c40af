-- Calls to the number that are not over.
SELECT id, state FROM attempt
WHERE phone = :phone
  AND state IN ('intent', 'sending', 'accepted', 'unknown')
  AND (:account IS NULL OR account = :account)
ORDER BY id;
