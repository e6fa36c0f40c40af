-- Take the anomalies down; those that are new, or were over for a while, are
-- to be told.
INSERT INTO alarm (what, which, account, why, raised_at)
SELECT what, coalesce(which, ''), coalesce(account, 0), min(why), :now
FROM anomaly GROUP BY what, coalesce(which, ''), coalesce(account, 0)
ON CONFLICT (what, which, account) DO UPDATE SET why = excluded.why,
  over_at = NULL, told = told AND coalesce(over_at, :now) >= :quiet,
  raised_at = CASE WHEN over_at < :quiet THEN :now ELSE raised_at END;
