-- When the last pass was at work that came to its end: one that died at once has
-- not looked whether there was a pause.  0 when there is none; null while nobody
-- has been called, so that there is nothing to ask about.
-- scan: of attempts only whether there is one
SELECT coalesce((SELECT max(started_at, ended_at) FROM run
  WHERE ended_at IS NOT NULL ORDER BY id DESC LIMIT 1), 0)
WHERE EXISTS (SELECT 1 FROM attempt);
