-- Take the anomalies down.  The last column says which are to be told: those
-- that are new, or were over for a while.
INSERT INTO alarm (what, which, why, raised_at)
SELECT what, coalesce(which, ''), min(why), :now FROM anomaly
GROUP BY what, coalesce(which, '')
ON CONFLICT (what, which) DO UPDATE SET why = excluded.why, over_at = NULL,
  raised_at = CASE WHEN over_at < :quiet THEN :now ELSE raised_at END
RETURNING what, which, why, raised_at = :now;
