-- When a lead is called next, in local time.
SELECT datetime(next_at, 'unixepoch', 'localtime') FROM lead
WHERE id = :lead AND next_at IS NOT NULL;
