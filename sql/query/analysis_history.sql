-- What was noted of the last twenty calls with a number for one account, the
-- earliest first; who it is, is nobody's business outside.
SELECT json_set(json_remove(result, '$.name', '$.email', '$.phone'), '$.on',
  date(said_at, 'unixepoch', 'localtime'))
FROM (SELECT n.call, n.result, coalesce(a.sent_at, a.claimed_at) AS said_at
  FROM analysis n JOIN attempt a ON a.id = n.call
  WHERE n.account = :account AND n.phone = :phone AND n.kind = 'individual'
    AND n.result IS NOT NULL
  ORDER BY n.call DESC LIMIT 20)
ORDER BY call;
