-- For as long as table retention says; the last two tell whether the dialer
-- was away.
DELETE FROM run
WHERE started_at < unixepoch() - 86400 * (SELECT days FROM retention
    WHERE class = 'runs')
  AND id < (SELECT max(id) FROM run) - 1;
