-- What has gone is over.
UPDATE alarm SET over_at = :now
WHERE over_at IS NULL AND (what, which) NOT IN (
  SELECT what, coalesce(which, '') FROM anomaly)
RETURNING what, which;
