-- No calls for this account before :until, and why.  A row comes back when
-- that is news.
INSERT INTO breaker (account, name, opened_at, until, reason)
VALUES (:account, :name, :now, :until, :reason)
ON CONFLICT (account, name) DO UPDATE
  SET until = excluded.until, reason = excluded.reason
  WHERE excluded.until > until + 30 OR reason <> excluded.reason
RETURNING 1;
