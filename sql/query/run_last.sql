-- The last pass that ended.
SELECT datetime(started_at, 'unixepoch', 'localtime'), ended_at, placed,
  synced, problems, status
FROM run WHERE ended_at IS NOT NULL ORDER BY id DESC LIMIT 1;
