-- What Bolna has said in calls that are over.
SELECT v.id FROM event v LEFT JOIN execution e ON e.id = v.execution
LEFT JOIN attempt a ON a.id = e.attempt
WHERE v.id > :after AND v.received_at < :before AND v.body <> ''
  AND (e.id IS NULL OR e.last_at < :before)
  AND (a.id IS NULL OR (a.state IN ('done', 'rejected', 'released')
    AND (e.verified OR e.confirm_at IS NULL)))
ORDER BY v.id LIMIT :limit;
