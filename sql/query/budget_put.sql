-- How often a number may be called, as callsheet.conf says.
INSERT INTO budget (account, name, secs, calls)
VALUES (:account, :name, :secs, :calls)
ON CONFLICT DO UPDATE SET secs = excluded.secs, calls = excluded.calls
  WHERE (secs, calls) IS NOT (excluded.secs, excluded.calls);
