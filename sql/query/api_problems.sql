-- scan: what is wrong, for people: the view anomaly looks at little.
-- An account sees what is wrong with its own and what stops everybody; the rest
-- is admin's alone.
SELECT json_object('problems', json_group_array(json_object('what', what,
  'which', which, 'why', why, 'since', since))) AS page
FROM anomaly
WHERE :account IN (0, account)
  OR (account IS NULL AND what IN ('cron', 'disk', 'wal', 'clock', 'stop'));
