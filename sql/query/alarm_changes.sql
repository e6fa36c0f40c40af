-- Is there an anomaly that is not told, or one told that is over?
SELECT EXISTS (SELECT what, coalesce(which, ''), coalesce(account, 0)
    FROM anomaly
  EXCEPT SELECT what, which, account FROM alarm WHERE over_at IS NULL)
OR EXISTS (SELECT what, which, account FROM alarm WHERE over_at IS NULL
  EXCEPT SELECT what, coalesce(which, ''), coalesce(account, 0) FROM anomaly);
