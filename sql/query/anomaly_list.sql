-- What is wrong, with all accounts or with one: its own, and what concerns the
-- whole host.
-- scan: for people, who asked for the whole.
SELECT what, which, why, since FROM anomaly n
WHERE :account IS NULL OR CASE
  WHEN n.what IN ('strangers', 'disk', 'wal', 'clock', 'stop', 'backup', 'body',
    'cron') THEN 1
  WHEN n.what LIKE 'attempt %' THEN :account = (SELECT account FROM attempt
    WHERE id = CAST(substr(n.what, 9) AS INTEGER))
  WHEN n.what LIKE 'execution %' THEN :account = (SELECT account
    FROM execution WHERE id = substr(n.what, 11))
  WHEN n.what = 'row' THEN EXISTS (SELECT 1 FROM delivery d
    JOIN lead l ON l.id = d.lead JOIN campaign c ON c.id = d.campaign
    WHERE d.tries >= 3 AND l.name = n.which AND c.account = :account)
  WHEN n.what = 'service' THEN :account = (SELECT account FROM lane
    WHERE name = n.which)
  WHEN n.what = 'post' THEN n.which LIKE '% ' || (SELECT name FROM account
    WHERE id = :account)
  ELSE n.which = (SELECT name FROM account WHERE id = :account)
    OR n.which IN (SELECT name FROM campaign WHERE account = :account)
    OR NOT EXISTS (SELECT 1 FROM account o WHERE o.active AND o.id <> :account)
  END;
