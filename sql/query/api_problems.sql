-- scan: what is wrong, for people: the view anomaly looks at little.
-- An account sees what is wrong with its own and what stops everybody; a kind
-- that is not named here is admin's alone.
SELECT json_object('problems', json_group_array(json_object('what', what,
  'which', which, 'why', why, 'since', since))) AS page
FROM anomaly n
WHERE :account = 0
  OR n.what IN ('cron', 'disk', 'wal', 'clock', 'stop')
  OR (n.what IN ('campaign', 'webhooks') AND n.which IN
    (SELECT name FROM campaign WHERE account = :account))
  OR (n.what = 'service' AND n.which IN
    (SELECT name FROM lane WHERE account = :account))
  OR (n.what = 'account' AND n.which =
    (SELECT name FROM account WHERE id = :account))
  OR (n.what LIKE 'attempt %' AND EXISTS (SELECT 1 FROM attempt a
    WHERE a.id = CAST(substr(n.what, 9) AS INTEGER) AND a.account = :account))
  OR (n.what LIKE 'execution %' AND EXISTS (SELECT 1 FROM execution e
    WHERE e.id = substr(n.what, 11) AND e.account = :account));
