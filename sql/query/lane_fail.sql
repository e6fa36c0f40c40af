-- It fails, and rests until then.
INSERT INTO lane (name, kind, account, until, fails, refused, error, since)
VALUES (:name, :kind, :account, :until, 1, :refused, :error, :now)
ON CONFLICT (name) DO UPDATE SET until = excluded.until, fails = fails + 1,
  refused = excluded.refused, error = excluded.error;
