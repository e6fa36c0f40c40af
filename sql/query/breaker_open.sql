-- No calls for this account before :until, and why.
INSERT INTO breaker (account, name, opened_at, until, reason)
VALUES (:account, :name, :now, :until, :reason)
ON CONFLICT (account, name) DO UPDATE
  SET until = excluded.until, reason = excluded.reason;
