-- What has gone is over.
UPDATE alarm SET over_at = :now
WHERE over_at IS NULL AND (what, which, account) NOT IN (
  SELECT what, coalesce(which, ''), coalesce(account, 0) FROM anomaly)
RETURNING what, which;
