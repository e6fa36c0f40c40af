-- For "callsheet prune", as all prune_look_*: what is older, the next of it.
-- Calls that are over and of which Bolna has said nothing since.
SELECT e.rowid FROM execution e LEFT JOIN attempt a ON a.id = e.attempt
WHERE e.rowid > :after AND e.last_at < :before
  AND coalesce(e.transcript, e.summary, e.extraction, e.recording) IS NOT NULL
  AND (a.id IS NULL OR (a.state IN ('done', 'rejected', 'released')
    AND (e.verified OR e.confirm_at IS NULL)))
ORDER BY e.rowid LIMIT :limit;
