-- From now on these settings are in force.
INSERT INTO settings (hash, text, since)
VALUES (:hash, :text, max(:now, 1 + coalesce((SELECT max(since)
  FROM settings), 0)))
ON CONFLICT (hash) DO UPDATE SET since = excluded.since;
