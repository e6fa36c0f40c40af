-- Is there an anomaly that is not told, or one told that is over?
SELECT EXISTS (SELECT what, coalesce(which, '') FROM anomaly
  EXCEPT SELECT what, which FROM alarm WHERE over_at IS NULL)
OR EXISTS (SELECT what, which FROM alarm WHERE over_at IS NULL
  EXCEPT SELECT what, coalesce(which, '') FROM anomaly);
