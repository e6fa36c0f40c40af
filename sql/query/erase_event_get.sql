-- One of those, and whether it is about a call of ours; none when it is about
-- another account's.
SELECT v.execution, v.body, e.attempt FROM event v
LEFT JOIN execution e ON e.id = v.execution
WHERE v.id = :event
  AND (:account IS NULL OR e.account IS NULL OR e.account = :account);
