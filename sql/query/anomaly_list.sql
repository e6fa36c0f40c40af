-- What is wrong, with all accounts or with one: its own, and what concerns the
-- whole host; what nobody can tell whom it concerns where there is no other.
-- scan: for people, who asked for the whole.
SELECT what, which, why, since FROM anomaly
WHERE :account IS NULL OR account = :account OR (account IS NULL
  AND (what IN ('strangers', 'disk', 'wal', 'clock', 'stop', 'backup', 'body',
      'cron')
    OR NOT EXISTS (SELECT 1 FROM account o
      WHERE o.active AND o.id <> :account)));
