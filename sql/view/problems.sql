-- callsheet: what is wrong, and whom it concerns.  SELECT * FROM anomaly;  is
-- empty when all is well.

DROP VIEW IF EXISTS anomaly;
DROP VIEW IF EXISTS silent;
DROP VIEW IF EXISTS concern;

-- Campaigns whose calls should have reported and did not: of the five last
-- that are older than a quarter of an hour, three or more sent no webhook.
CREATE VIEW silent AS
SELECT c.name AS campaign, c.account, count(*) AS calls, sum(NOT EXISTS (
    SELECT 1 FROM event e WHERE e.execution = a.execution
      AND e.source = 'webhook')) AS silent
FROM campaign c
JOIN attempt a ON a.id IN (SELECT r.id FROM attempt r
  WHERE r.campaign = c.id AND r.execution IS NOT NULL
    AND r.execution NOT IN (SELECT mark FROM erased)
    AND r.sent_at BETWEEN unixepoch() - 172800 AND unixepoch() - 900
  ORDER BY r.sent_at DESC LIMIT 5)
WHERE c.active
GROUP BY c.id HAVING silent >= 3;

-- Empty when all is well.  account and campaign are ids: whose it is.  Without
-- an account it is about this host, or nobody can tell whom it concerns; without
-- a campaign it is about the whole account.
CREATE VIEW anomaly AS
SELECT 'campaign' AS what, name AS which, problem AS why,
  datetime(problem_at, 'unixepoch', 'localtime') AS since, account,
  id AS campaign
FROM campaign WHERE active AND problem IS NOT NULL
UNION ALL
-- what nobody but a person can change
SELECT 'campaign', c.name, r.says, NULL, c.account, c.id
FROM gate g JOIN rule r ON r.name = g.rule JOIN campaign c ON c.id = g.campaign
WHERE c.active AND g.rule IN ('purpose', 'disclosure', 'series', 'cap', 'wallet')
UNION ALL
SELECT 'campaign', name, series, NULL, account, id FROM campaign
WHERE active AND series <> '' AND NOT enforce_series
UNION ALL
-- the lowest level that is reached
SELECT 'credits ' || printf('%g', l.level / 10000.0), o.name, iif(o.credits <= 0,
  'none are left and nobody is called: callsheet credits add',
  printf('%.2f are left', o.credits / 10000.0)), NULL, o.id, NULL
FROM (SELECT b.account, min(j.value) AS level
  FROM balance b JOIN account o ON o.id = b.account, json_each(o.credit_levels) j
  WHERE b.credits <= j.value GROUP BY b.account) l
JOIN account o ON o.id = l.account
UNION ALL
SELECT 'account', acc.name, b.reason, NULL, acc.id, NULL
FROM blocked b JOIN account acc ON acc.id = b.account
UNION ALL
SELECT 'attempt ' || id, phone,
  'it is not known whether this call was placed: look for it in Bolna''s'
  || ' dashboard', datetime(sent_at, 'unixepoch', 'localtime'), account, campaign
FROM attempt WHERE state = 'unknown' AND sent_at < unixepoch() - 300
UNION ALL
SELECT 'attempt ' || a.id, a.phone, 'no final word from Bolna for two hours',
  datetime(a.sent_at, 'unixepoch', 'localtime'), a.account, a.campaign
FROM attempt a WHERE a.state IN ('intent', 'sending', 'accepted', 'unknown')
  AND a.state = 'accepted' AND a.sent_at < unixepoch() - 7200
UNION ALL
SELECT 'execution ' || e.id, e.phone, 'a webhook said ' || e.final
  || ', Bolna has not confirmed it', datetime(e.last_at, 'unixepoch',
  'localtime'), a.account, a.campaign
FROM execution e INDEXED BY execution_confirm
CROSS JOIN attempt a ON a.id = e.attempt
WHERE e.confirm_at IS NOT NULL AND e.attempt IS NOT NULL AND e.final <> ''
  AND NOT e.verified AND e.first_at < unixepoch() - 900
UNION ALL
SELECT 'execution ' || e.id, e.phone,
  'Bolna redials by itself, so callsheet does not: turn the agent''s own'
  || ' retry off', datetime(e.last_at, 'unixepoch', 'localtime'), a.account,
  a.campaign
FROM execution e INDEXED BY execution_redialled
CROSS JOIN attempt a ON a.id = e.attempt
WHERE e.retry_count > 0
UNION ALL
SELECT 'row', l.name, coalesce(d.error, 'not written'),
  datetime(d.created_at, 'unixepoch', 'localtime'), c.account, c.id
FROM delivery d INDEXED BY delivery_stuck
CROSS JOIN lead l ON l.id = d.lead JOIN campaign c ON c.id = d.campaign
WHERE d.tries >= 3
UNION ALL
SELECT 'service', l.name, l.error, datetime(l.since, 'unixepoch', 'localtime'),
  l.account, NULL
FROM lane l
WHERE (l.refused OR l.fails >= 3) AND EXISTS (SELECT 1 FROM post p
  WHERE p.kind = l.kind AND p.account = l.account AND p.due_at IS NOT NULL
  UNION ALL SELECT 1 FROM post p
  WHERE p.kind = l.kind AND p.account = l.account AND p.sent_at IS NOT NULL)
UNION ALL
SELECT 'post', p.kind || ' ' || acc.name, count(*) || ' given up, the last: '
  || p.error, datetime(max(p.done_at), 'unixepoch', 'localtime'), acc.id, NULL
FROM account acc CROSS JOIN post p ON p.account = acc.id
WHERE p.done_at > unixepoch() - 86400 AND p.error IS NOT NULL AND p.tries > 0
GROUP BY p.kind, acc.id
UNION ALL
SELECT 'tokens', acc.name, 'today''s tokens for analysis are used, the rest'
  || ' follows tomorrow: analysis_tokens', NULL, acc.id, NULL
FROM account acc CROSS JOIN tokens t ON t.account = acc.id
  AND t.day = unixepoch() / 86400
WHERE t.spent
UNION ALL
SELECT 'prompt', name, 'it names a prompt that is stored at OpenAI, where these'
  || ' end on 30 November 2026: copy its text into the file of call_prompt or'
  || ' history_prompt', NULL, id, NULL
FROM account WHERE active AND stored_prompt
UNION ALL
SELECT 'analysis', acc.name, count(*) || ' have failed since yesterday, the'
  || ' last: ' || n.error, datetime(max(n.at), 'unixepoch', 'localtime'),
  acc.id, NULL
FROM analysis n JOIN account acc ON acc.id = n.account
WHERE n.state IN ('cut', 'invalid', 'failed') AND n.at > unixepoch() - 86400
GROUP BY acc.id HAVING count(*) >= 3
UNION ALL
SELECT 'webhooks', s.campaign, s.silent || ' of the last ' || s.calls || ' calls'
  || ' sent none and were asked about: is the agent''s webhook address right,'
  || ' and does the web server let Bolna in?', NULL, s.account,
  (SELECT id FROM campaign WHERE name = s.campaign)
FROM silent s
UNION ALL
SELECT 'strangers', NULL, sum(with_secret) || ' refused requests knew the secret'
  || ' path, the last from ' || address || ': has Bolna a new address?',
  datetime(max(last_at), 'unixepoch', 'localtime'), NULL, NULL
FROM refused WHERE with_secret > 0 AND last_at > unixepoch() - 86400
HAVING count(*) > 0
UNION ALL
SELECT what, NULL, why, datetime(since, 'unixepoch', 'localtime'), NULL, NULL
FROM watch WHERE NOT stops
UNION ALL
SELECT 'body', address, reason, datetime(received_at, 'unixepoch', 'localtime'),
  NULL, NULL
FROM quarantine WHERE received_at > unixepoch() - 86400
UNION ALL
SELECT 'status tab', c.name, t.problem, datetime(t.problem_at, 'unixepoch',
  'localtime'), c.account, c.id
FROM status_tab t JOIN campaign c ON c.id = t.campaign
WHERE c.active AND t.problem IS NOT NULL
UNION ALL
SELECT 'cron', NULL, 'no pass for ten minutes: is the crontab entry there, or'
  || ' callsheet-run.timer enabled?',
  datetime(max(started_at), 'unixepoch', 'localtime'), NULL, NULL
FROM run HAVING max(started_at) < unixepoch() - 600;

-- Whom it concerns: what is about one account is told to no other, what is
-- about this host to all, and what cannot be told apart to nobody unless there
-- is one account only.  about is whose it is, 0 for nobody's.
CREATE VIEW concern AS
SELECT n.what, coalesce(n.which, '') AS which, coalesce(n.account, 0) AS about,
  acc.id AS account
FROM anomaly n JOIN account acc ON acc.active
WHERE n.account = acc.id OR (n.account IS NULL AND (n.what IN ('strangers',
  'disk', 'wal', 'clock', 'stop', 'backup', 'body', 'cron')
    OR NOT EXISTS (SELECT 1 FROM account o WHERE o.active AND o.id <> acc.id)));
