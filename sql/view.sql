-- callsheet: views, the operator's window.  Made anew by "callsheet init".
-- Start here:  SELECT * FROM progress;  SELECT * FROM anomaly;

-- Attempts that count: those that were, or may have been, sent.
DROP VIEW IF EXISTS due;
DROP VIEW IF EXISTS next;
DROP VIEW IF EXISTS call;
DROP VIEW IF EXISTS sheet_row;
DROP VIEW IF EXISTS progress;
DROP VIEW IF EXISTS anomaly;
DROP VIEW IF EXISTS blocked;
DROP VIEW IF EXISTS silent;

-- Accounts that must not dial now, and why.  Three calls of which nobody
-- knows whether they were placed are a reason: dialling on while blind is how
-- people are called twice.
CREATE VIEW blocked AS
SELECT account, reason FROM breaker WHERE until > unixepoch()
UNION ALL
SELECT account, count(*) || ' calls are not settled: it is not known whether'
  || ' they were placed'
FROM attempt WHERE state = 'unknown' GROUP BY account HAVING count(*) >= 3
UNION ALL
SELECT a.id, w.why FROM watch w, account a WHERE w.stops;

-- Who would be called now, first come first.  The dialer claims from here.
CREATE VIEW due AS
SELECT l.id AS lead, c.id AS campaign, c.account, c.name AS campaign_name, l.name,
  l.phone, l.next_at
FROM campaign c
JOIN lead l INDEXED BY lead_due ON l.campaign = c.id
JOIN hours z ON z.campaign = c.id AND z.country = l.country
  AND z.timezone = l.timezone
WHERE l.next_at IS NOT NULL AND l.held IS NULL AND l.present
  AND l.due_at <= unixepoch()
  AND c.active AND c.problem IS NULL AND c.paused = 0
  AND z.opens_at <= unixepoch() AND unixepoch() < z.closes_at
  -- the same for the campaign as a whole: at night nobody is looked at
  AND EXISTS (SELECT 1 FROM hours open WHERE open.campaign = c.id
    AND open.opens_at <= unixepoch() AND unixepoch() < open.closes_at)
  -- one live call per number and account; the index attempt_live insists
  AND NOT EXISTS (SELECT 1 FROM attempt a
    WHERE a.account = c.account AND a.phone = l.phone
      AND a.state IN ('intent', 'sending', 'accepted', 'unknown'))
  -- another row with this number has had its call
  AND NOT EXISTS (SELECT 1 FROM attempt a
    WHERE a.phone = l.phone AND a.campaign = c.id AND a.lead <> l.id
      AND a.state <> 'released')
  -- Bolna redials by itself, which the agent's settings must not allow
  AND NOT EXISTS (SELECT 1 FROM attempt a JOIN execution e ON e.attempt = a.id
    WHERE a.lead = l.id AND e.retry_count > 0)
  AND NOT EXISTS (SELECT 1 FROM suppression s
    WHERE s.phone = l.phone AND s.removed_at IS NULL
      AND (s.account = c.account OR s.account IS NULL))
  AND NOT EXISTS (SELECT 1 FROM blocked b WHERE b.account = c.account);

-- Everybody who is still to be called, and what they wait for.
CREATE VIEW next AS
SELECT c.name AS campaign, l.name, l.phone,
  CASE WHEN l.held IS NULL THEN datetime(max(l.next_at,
    coalesce(z.opens_at, 0)), 'unixepoch', 'localtime') END AS at,
  CASE
    WHEN c.problem IS NOT NULL THEN c.problem
    WHEN c.paused THEN 'the campaign is paused: "callsheet resume"'
    WHEN l.held IS NOT NULL THEN coalesce(l.held_note, l.held)
    WHEN EXISTS (SELECT 1 FROM blocked b WHERE b.account = c.account)
      THEN (SELECT reason FROM blocked b WHERE b.account = c.account)
    WHEN z.opens_at IS NULL THEN 'time zone ' || l.timezone || ' is not known'
    WHEN l.next_at > unixepoch() THEN 'waits for its time'
    WHEN unixepoch() < z.opens_at OR unixepoch() >= z.closes_at
      THEN 'outside the calling hours'
    WHEN EXISTS (SELECT 1 FROM due d WHERE d.lead = l.id) THEN 'due'
    ELSE 'the number is on the line, was called for another row, or must not'
      || ' be called'
  END AS why,
  l.id AS lead
FROM lead l
JOIN campaign c ON c.id = l.campaign
LEFT JOIN hours z ON z.campaign = c.id AND z.country = l.country
  AND z.timezone = l.timezone
WHERE l.present AND (l.next_at IS NOT NULL OR l.held IS NOT NULL)
ORDER BY at;

-- One readable line a call.
CREATE VIEW call AS
SELECT a.id, c.name AS campaign, l.name, a.phone,
  datetime(coalesce(a.sent_at, a.claimed_at), 'unixepoch', 'localtime')
    AS placed,
  CASE WHEN e.final <> '' THEN e.final WHEN e.stage <> '' THEN e.stage
    ELSE a.state END AS status,
  CASE WHEN e.verified THEN 'confirmed' WHEN a.state = 'done' THEN 'done'
    ELSE a.state END AS state,
  coalesce(e.talk_secs, e.line_secs) AS seconds,
  round(e.cost_cents / 100.0, 4) AS cost,
  nullif(concat_hangup.text, '') AS hangup,
  datetime(e.ringing_at, 'unixepoch', 'localtime') AS ringing,
  datetime(e.answered_at, 'unixepoch', 'localtime') AS answered,
  datetime(e.ended_at, 'unixepoch', 'localtime') AS ended,
  a.execution, coalesce(a.note, e.error) AS note, a.lead
FROM attempt a
JOIN campaign c ON c.id = a.campaign
JOIN lead l ON l.id = a.lead
LEFT JOIN execution e ON e.attempt = a.id
LEFT JOIN (SELECT id, coalesce(hangup_by, '')
    || coalesce(' ' || hangup_code, '') || coalesce(': ' || hangup_reason, '')
    AS text FROM execution) AS concat_hangup ON concat_hangup.id = e.id;

-- Campaigns whose calls should have reported and did not: of the five last
-- that are older than a quarter of an hour, three or more sent no webhook.
CREATE VIEW silent AS
SELECT c.name AS campaign, c.account, count(*) AS calls, sum(NOT EXISTS (
    SELECT 1 FROM event e WHERE e.execution = a.execution
      AND e.source = 'webhook')) AS silent
FROM campaign c
JOIN attempt a ON a.id IN (SELECT r.id FROM attempt r
  WHERE r.campaign = c.id AND r.execution IS NOT NULL
    AND r.sent_at BETWEEN unixepoch() - 172800 AND unixepoch() - 900
  ORDER BY r.sent_at DESC LIMIT 5)
WHERE c.active
GROUP BY c.id HAVING silent >= 3;

-- What the cells of a lead's row should say.  Only data that Bolna has
-- confirmed to our own question are shown.  Times are local to whoever asks:
-- the dialer asks in the campaign's zone.
CREATE VIEW sheet_row AS
SELECT l.id AS lead, l.campaign, l.key, l.phone, l.name, l.cell_execution,
  l.cell_status, CASE
    WHEN a.id IS NULL THEN l.status_cell
    WHEN a.state = 'intent' OR a.state = 'sending' THEN 'initiating'
    WHEN a.state = 'rejected' THEN 'failed'
    WHEN a.state = 'done' AND a.execution IS NULL THEN
      CASE WHEN l.held = 'review' THEN 'needs_review' ELSE 'failed' END
    WHEN e.verified THEN (SELECT shown FROM disposition d
      WHERE d.status = e.final)
    WHEN e.stage <> '' THEN (SELECT shown FROM disposition d
      WHERE d.status = e.stage)
    WHEN a.state = 'unknown' AND l.held = 'review' THEN 'needs_review'
    WHEN a.state = 'unknown' THEN 'initiating'
    ELSE 'initiated'
  END AS status,
  coalesce(a.execution,
    CASE WHEN a.state IN ('intent', 'sending', 'unknown') THEN a.token END,
    '') AS execution,
  CASE WHEN e.verified THEN round(coalesce(e.talk_secs, e.line_secs), 1) END
    AS duration,
  datetime(coalesce(a.sent_at, a.claimed_at), 'unixepoch', 'localtime')
    AS last_attempt,
  -- e.g. "Carrier: Call recipient was busy (3010)"
  trim(coalesce(l.held_note, '') || CASE
    WHEN a.state IN ('rejected', 'unknown') OR a.execution IS NULL
      THEN '; ' || coalesce(a.note, '') || coalesce((SELECT '; no calls: '
        || reason FROM blocked b WHERE a.state = 'unknown'
          AND b.account = a.account), '')
    WHEN e.verified THEN '; ' || coalesce(e.error, coalesce(e.hangup_by || ': ',
      '') || e.hangup_reason || coalesce(' (' || e.hangup_code || ')', ''), '')
      || CASE WHEN l.held = 'max_attempts' AND l.next_at IS NOT NULL
         THEN '; no more attempts' ELSE '' END
    ELSE '' END, '; ') AS notes,
  CASE WHEN e.verified THEN e.transcript END AS transcript,
  CASE WHEN e.verified THEN e.summary END AS summary,
  CASE WHEN e.verified THEN e.recording END AS recording,
  CASE WHEN e.verified THEN round(e.cost_cents / 100.0, 4) END AS cost,
  CASE WHEN l.held IS NULL AND l.next_at IS NOT NULL AND a.id IS NOT NULL
    THEN datetime(l.next_at, 'unixepoch', 'localtime') END AS next_attempt,
  a.id AS attempt, a.state
FROM lead l
LEFT JOIN attempt a ON a.id = (SELECT max(id) FROM attempt
  WHERE lead = l.id AND state <> 'released')
LEFT JOIN execution e ON e.attempt = a.id;

-- One line a campaign.
CREATE VIEW progress AS
SELECT c.name AS campaign,
  (SELECT count(*) FROM lead l WHERE l.campaign = c.id AND l.present) AS rows,
  (SELECT count(*) FROM lead l WHERE l.campaign = c.id AND l.present
     AND l.next_at IS NOT NULL AND l.held IS NULL) AS waiting,
  (SELECT count(*) FROM lead l WHERE l.campaign = c.id AND l.present
     AND l.held IS NOT NULL) AS held,
  (SELECT count(*) FROM attempt a WHERE a.campaign = c.id
     AND a.state IN ('intent', 'sending', 'accepted', 'unknown')) AS live,
  (SELECT count(*) FROM attempt a WHERE a.campaign = c.id
     AND a.state = 'done') AS calls,
  (SELECT count(*) FROM attempt a JOIN execution e ON e.attempt = a.id
     WHERE a.campaign = c.id AND e.final = 'completed') AS completed,
  (SELECT round(total(e.cost_cents) / 100, 2) FROM attempt a
     JOIN execution e ON e.attempt = a.id WHERE a.campaign = c.id) AS cost,
  (SELECT count(*) FROM delivery d WHERE d.campaign = c.id) AS unwritten,
  c.problem
FROM campaign c WHERE c.active;

-- Empty when all is well.
CREATE VIEW anomaly AS
SELECT 'campaign' AS what, name AS which, problem AS why,
  datetime(problem_at, 'unixepoch', 'localtime') AS since
FROM campaign WHERE active AND problem IS NOT NULL
UNION ALL
SELECT 'account', acc.name, b.reason, NULL
FROM blocked b JOIN account acc ON acc.id = b.account
UNION ALL
SELECT 'attempt ' || id, phone,
  'it is not known whether this call was placed: look for it in Bolna''s'
  || ' dashboard', datetime(sent_at, 'unixepoch', 'localtime')
FROM attempt WHERE state = 'unknown' AND sent_at < unixepoch() - 300
UNION ALL
SELECT 'attempt ' || a.id, a.phone, 'no final word from Bolna for two hours',
  datetime(a.sent_at, 'unixepoch', 'localtime')
FROM attempt a WHERE a.state IN ('intent', 'sending', 'accepted', 'unknown')
  AND a.state = 'accepted' AND a.sent_at < unixepoch() - 7200
UNION ALL
SELECT 'execution ' || id, phone, 'a webhook said ' || final
  || ', Bolna has not confirmed it', datetime(last_at, 'unixepoch', 'localtime')
FROM execution
WHERE confirm_at IS NOT NULL AND attempt IS NOT NULL AND final <> ''
  AND NOT verified AND first_at < unixepoch() - 900
UNION ALL
SELECT 'execution ' || e.id, e.phone,
  'Bolna redials by itself, so callsheet does not: turn the agent''s own'
  || ' retry off', datetime(e.last_at, 'unixepoch', 'localtime')
FROM execution e INDEXED BY execution_redialled
WHERE e.retry_count > 0 AND e.attempt IS NOT NULL
UNION ALL
SELECT 'row', l.name, coalesce(d.error, 'not written'),
  datetime(d.created_at, 'unixepoch', 'localtime')
FROM delivery d JOIN lead l ON l.id = d.lead WHERE d.tries >= 3
UNION ALL
SELECT 'webhooks', campaign, silent || ' of the last ' || calls || ' calls sent'
  || ' none and were asked about: is the agent''s webhook address right, and'
  || ' does the web server let Bolna in?', NULL
FROM silent
UNION ALL
SELECT 'strangers', NULL, sum(with_secret) || ' refused requests knew the secret'
  || ' path, the last from ' || address || ': has Bolna a new address?',
  datetime(max(last_at), 'unixepoch', 'localtime')
FROM refused WHERE with_secret > 0 AND last_at > unixepoch() - 86400
HAVING count(*) > 0
UNION ALL
SELECT what, NULL, why, datetime(since, 'unixepoch', 'localtime') FROM watch
WHERE NOT stops
UNION ALL
SELECT 'body', address, reason, datetime(received_at, 'unixepoch', 'localtime')
FROM quarantine WHERE received_at > unixepoch() - 86400
UNION ALL
SELECT 'cron', NULL, 'no pass for ten minutes: is the crontab entry there?',
  datetime(max(started_at), 'unixepoch', 'localtime')
FROM run HAVING max(started_at) < unixepoch() - 600;
