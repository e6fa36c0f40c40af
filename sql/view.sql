-- callsheet: views, the operator's window.  Made anew by "callsheet init".
-- Start here:  SELECT * FROM progress;  SELECT * FROM anomaly;

DROP VIEW IF EXISTS due;
DROP VIEW IF EXISTS next;
DROP VIEW IF EXISTS call;
DROP VIEW IF EXISTS sheet_row;
DROP VIEW IF EXISTS outcome_now;
DROP VIEW IF EXISTS progress;
DROP VIEW IF EXISTS anomaly;
DROP VIEW IF EXISTS blocked;
DROP VIEW IF EXISTS silent;
DROP VIEW IF EXISTS why;
DROP VIEW IF EXISTS judgement;
DROP VIEW IF EXISTS finding;
DROP VIEW IF EXISTS gate;
DROP VIEW IF EXISTS room;
DROP VIEW IF EXISTS spending;
DROP VIEW IF EXISTS balance;
DROP VIEW IF EXISTS dialled;
DROP VIEW IF EXISTS forecast;
DROP VIEW IF EXISTS concern;
DROP VIEW IF EXISTS status_line;
DROP VIEW IF EXISTS call_analysis;
DROP VIEW IF EXISTS history_analysis;

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

-- What each limit of money leaves: of the caps in callsheet.conf, and of the
-- wallet at Bolna above its floor, less what calls under way may still cost and
-- what those have cost that ended since Bolna was asked.
CREATE VIEW spending AS
SELECT c.id AS campaign, cap.name, cap.campaign AS scope, cap.amount, CASE
    WHEN cap.campaign > 0 AND cap.name = 'total' THEN c.spent
    WHEN cap.campaign > 0 AND cap.name = 'day' THEN
      (SELECT coalesce(sum(g.amount), 0) FROM ledger g
       WHERE g.campaign = c.id AND g.at > unixepoch() - 86400)
    WHEN cap.campaign > 0 THEN
      (SELECT coalesce(sum(g.amount), 0) FROM ledger g
       WHERE g.campaign = c.id AND g.at >= (SELECT started_at FROM run
         ORDER BY id DESC LIMIT 1))
    WHEN cap.name = 'total' THEN
      (SELECT sum(o.spent) FROM campaign o WHERE o.account = c.account)
    ELSE (SELECT coalesce(sum(g.amount), 0) FROM ledger g
       WHERE g.account = c.account AND g.at > unixepoch() - 86400)
  END AS spent
FROM campaign c JOIN cap ON cap.account = c.account
  AND cap.campaign IN (0, c.id)
UNION ALL
SELECT c.id, 'wallet', 0, coalesce(o.wallet - o.wallet_floor, -1),
  (SELECT coalesce(sum(b.call_cost), 0) FROM campaign b
   JOIN attempt a INDEXED BY attempt_open ON a.campaign = b.id
     AND a.state IN ('intent', 'sending', 'accepted', 'unknown')
   WHERE b.account = o.id) + (SELECT coalesce(sum(g.amount), 0) FROM ledger g
   JOIN attempt a ON a.id = g.attempt AND a.state = 'done'
     AND a.ended_at >= o.asked_at
   WHERE g.account = o.id AND g.at > o.asked_at - 86400)
FROM campaign c JOIN account o ON o.id = c.account
WHERE o.wallet_floor IS NOT NULL;

-- The credits of accounts that have them, in ten-thousandths: what is left, and
-- what calls under way may still take of it.
CREATE VIEW balance AS
SELECT o.id AS account, o.name, o.credits,
  (SELECT coalesce(sum(m.most), 0) FROM campaign b
   JOIN attempt a INDEXED BY attempt_open ON a.campaign = b.id
     AND a.state IN ('intent', 'sending', 'accepted', 'unknown')
   JOIN metered m ON m.attempt = a.id
   WHERE b.account = o.id) AS reserved,
  o.credit_price AS price, o.credit_pulse AS pulse
FROM account o WHERE o.active AND o.credit_price IS NOT NULL;

-- What stops a campaign as a whole: the first rule, by its rank; no row when
-- nothing does.  One SELECT a rule.
CREATE VIEW gate AS
SELECT campaign, rule, facts, next_at, min(rank) AS rank FROM (
  SELECT c.id AS campaign, 'removed' AS rule, '{}' AS facts, NULL AS next_at
  FROM campaign c WHERE NOT c.active
  UNION ALL
  SELECT c.id, 'sheet', json_object('problem', c.problem), NULL
  FROM campaign c WHERE c.problem IS NOT NULL
  UNION ALL
  SELECT c.id, 'paused', json_object('taken back', c.paused = 2), NULL
  FROM campaign c WHERE c.paused
  UNION ALL
  SELECT c.id, 'stopped', json_object('reason', b.reason), NULL
  FROM campaign c JOIN blocked b ON b.account = c.account
  UNION ALL
  SELECT c.id, 'purpose', '{}', NULL FROM campaign c WHERE c.purpose = ''
  UNION ALL
  SELECT c.id, 'disclosure', '{}', NULL FROM campaign c WHERE NOT c.disclosed
  UNION ALL
  SELECT c.id, 'series', json_object('problem', c.series), NULL
  FROM campaign c WHERE c.series <> '' AND c.enforce_series
  UNION ALL
  SELECT s.campaign, CASE s.name WHEN 'wallet' THEN 'wallet' ELSE 'cap' END,
    json_object('limit', s.name, 'of', iif(s.scope, 'campaign', 'account'),
      'amount', s.amount / 10000.0, 'spent', s.spent / 10000.0,
      'one call', c.call_cost / 10000.0), NULL
  FROM spending s JOIN campaign c ON c.id = s.campaign
  WHERE s.spent + max(c.call_cost, 1) > s.amount
  UNION ALL
  SELECT c.id, 'credits', json_object('left', b.credits / 10000.0,
    'calls under way', b.reserved / 10000.0), NULL
  FROM balance b JOIN campaign c ON c.account = b.account
  WHERE b.credits <= b.reserved
) JOIN rule ON rule.name = rule GROUP BY campaign;

-- Calls that count against the budget of a number.  Bolna calls nobody with an
-- empty wallet.
CREATE VIEW dialled AS
SELECT a.account, a.phone, coalesce(a.sent_at, a.claimed_at) AS at
FROM attempt a LEFT JOIN execution e ON e.attempt = a.id
WHERE a.state NOT IN ('released', 'rejected')
  AND coalesce(e.final, '') <> 'balance-low';

-- What speaks against calling a lead, whatever its campaign: each rule that
-- applies.  One SELECT a rule; the first by rank decides.
CREATE VIEW finding AS
-- what the row or its past says: each reason is a rule of its own
SELECT l.id AS lead, l.held AS rule, json_object('note', l.held_note) AS facts,
  NULL AS next_at
FROM lead l WHERE l.held IS NOT NULL
UNION ALL
SELECT l.id, 'gone', '{}', NULL FROM lead l WHERE NOT l.present
UNION ALL
-- the do-not-call list of the account, and that of all
SELECT l.id, 'dnc', json_object('since', date(s.added_at, 'unixepoch'),
  'source', s.source), NULL
FROM lead l JOIN campaign c ON c.id = l.campaign
JOIN suppression s ON s.phone = l.phone AND s.removed_at IS NULL
  AND (s.account = c.account OR s.account IS NULL)
UNION ALL
-- another row of the campaign with this number has had its call
SELECT l.id, 'other_row', json_object('attempt', a.id), NULL
FROM lead l JOIN attempt a ON a.phone = l.phone AND a.campaign = l.campaign
  AND a.lead <> l.id AND a.state <> 'released'
UNION ALL
-- Bolna redials by itself, which the agent's settings must not allow
SELECT l.id, 'redialled', json_object('execution', e.id), NULL
FROM lead l JOIN attempt a ON a.lead = l.id
JOIN execution e ON e.attempt = a.id AND e.retry_count > 0
UNION ALL
-- no hours are known for the country or the time zone of the person
SELECT l.id, coalesce(h.problem, 'timezone'), json_object(
  'country', l.country, 'timezone', l.timezone), NULL
FROM lead l LEFT JOIN hours h ON h.campaign = l.campaign
  AND h.country = l.country AND h.timezone = l.timezone
WHERE h.opens_at IS NULL
UNION ALL
-- promotion needs a consent with its source and date
SELECT l.id, 'consent', json_object('consent', l.consent, 'date',
  l.consent_on), NULL
FROM lead l JOIN campaign c ON c.id = l.campaign
WHERE c.purpose = 'promotional' AND (l.consent = ''
  -- with nothing added to it, date() believes in 30 February
  OR coalesce(date(l.consent_on, '+0 days') <> l.consent_on, 1)
  OR l.consent_on > date('now', '+1 day')
  OR EXISTS (SELECT 1 FROM consent_refused r
    WHERE trim(l.consent) LIKE r.word))
UNION ALL
-- and a list that was compared with the country's register; in UTC, whose day
-- changes while nobody may be called
SELECT l.id, 'registry', json_object('register', r.name, 'days', r.days,
  'last', (SELECT max(s.scrubbed_on) FROM scrub s WHERE s.account = c.account
    AND s.country = r.country)), NULL
FROM lead l JOIN campaign c ON c.id = l.campaign
JOIN registry r ON r.country = l.country
WHERE c.purpose = 'promotional' AND NOT EXISTS (SELECT 1 FROM scrub s
  WHERE s.account = c.account AND s.country = r.country
    AND s.scrubbed_on >= date('now', '-' || r.days || ' days')
    AND s.scrubbed_on <= date('now', '+1 day'))
UNION ALL
SELECT l.id, 'max_attempts', json_object('allowed', c.max_attempts + l.granted),
  NULL
FROM lead l JOIN campaign c ON c.id = l.campaign
WHERE (SELECT count(*) FROM attempt a WHERE a.lead = l.id
  AND a.state <> 'released') >= c.max_attempts + l.granted
UNION ALL
-- one live call per number and account; the index attempt_live insists.  The
-- end of the call has it asked again: trigger attempt_over.  A campaign may have
-- gone over to another account meanwhile.
SELECT l.id, 'live', json_object('attempt', a.id), NULL
FROM lead l JOIN campaign c ON c.id = l.campaign
JOIN attempt a ON a.phone = l.phone
  AND (a.account = c.account OR a.campaign = c.id)
  AND a.state IN ('intent', 'sending', 'accepted', 'unknown')
UNION ALL
-- nothing follows of itself: it was called, or Status says so
SELECT l.id, 'over', json_object('attempts', (SELECT count(*) FROM attempt a
  WHERE a.lead = l.id AND a.state <> 'released'), 'last',
  (SELECT e.final FROM attempt a JOIN execution e ON e.attempt = a.id
   WHERE a.lead = l.id ORDER BY a.id DESC LIMIT 1)), NULL
FROM lead l WHERE l.next_at IS NULL
UNION ALL
-- as retry_rule says after how it ended, or a person's wish
SELECT l.id, 'wait', json_object('last',
  (SELECT e.final FROM attempt a JOIN execution e ON e.attempt = a.id
   WHERE a.lead = l.id ORDER BY a.id DESC LIMIT 1)), l.next_at
FROM lead l WHERE l.next_at > unixepoch()
UNION ALL
-- half-open: not before they open, nor in the last minutes
SELECT l.id, 'hours', json_object('timezone', l.timezone, 'from',
  l.timezone_from, 'country', l.country),
  CASE WHEN unixepoch() < h.opens_at THEN h.opens_at ELSE h.again_at END
FROM lead l JOIN campaign c ON c.id = l.campaign
JOIN hours h ON h.campaign = l.campaign AND h.country = l.country
  AND h.timezone = l.timezone
WHERE unixepoch() < h.opens_at OR unixepoch() >= h.closes_at - c.last_secs
UNION ALL
-- how often a number may be called for the account: gap, day, week, month and
-- life; asked again when the oldest of the calls is out of the period
SELECT lead, name, json_object('calls', made, 'allowed', calls, 'within', secs),
  CASE WHEN name <> 'life' THEN oldest + secs END
FROM (SELECT l.id AS lead, b.name, b.calls, b.secs, (
    SELECT count(*) FROM dialled d WHERE d.phone = l.phone
      AND d.account = c.account AND d.at > unixepoch() - b.secs) AS made, (
    SELECT min(d.at) FROM dialled d WHERE d.phone = l.phone
      AND d.account = c.account AND d.at > unixepoch() - b.secs) AS oldest
  FROM lead l JOIN campaign c ON c.id = l.campaign
  JOIN budget b ON b.account = c.account)
WHERE made >= calls;

-- Why each person was called or not: the first rule that applies, for every
-- lead, now.  Two rows a lead are never there.
CREATE VIEW why AS
SELECT c.name AS campaign, l.name, l.phone, r.verdict, r.name AS rule, r.says,
  CASE r.rank WHEN f.rank THEN f.facts WHEN g.rank THEN g.facts ELSE '{}' END
    AS facts,
  datetime(CASE r.rank WHEN f.rank THEN f.next_at WHEN g.rank THEN g.next_at END,
    'unixepoch', 'localtime') AS next, l.id AS lead
FROM lead l JOIN campaign c ON c.id = l.campaign
LEFT JOIN (SELECT f.lead, f.facts, f.next_at, min(r.rank) AS rank
  FROM finding f JOIN rule r ON r.name = f.rule GROUP BY f.lead) f
  ON f.lead = l.id
LEFT JOIN gate g ON g.campaign = l.campaign
JOIN rule r ON r.rank = min(coalesce(f.rank, 70), coalesce(g.rank, 70),
  iif(c.dry_run, 60, 70));

-- Who would be called now, first come first.
CREATE VIEW due AS
SELECT l.id AS lead, c.id AS campaign, c.account, c.name AS campaign_name, l.name,
  l.phone, l.next_at
FROM why w JOIN lead l ON l.id = w.lead JOIN campaign c ON c.id = l.campaign
WHERE w.rule IN ('turn', 'dry_run')
ORDER BY l.priority DESC, l.due_at, l.id;

-- What each campaign may still cost, from one minute for everybody who waits to
-- all attempts at their longest; and what stands against it.
CREATE VIEW forecast AS
SELECT c.name AS campaign, count(l.id) AS people,
  count(l.id) * c.minute_cost / 10000.0 AS lowest,
  coalesce(sum(max(1, c.max_attempts + l.granted - (SELECT count(*)
    FROM attempt a WHERE a.lead = l.id AND a.state <> 'released'))), 0)
    * c.call_cost / 10000.0 AS highest,
  c.spent / 10000.0 AS spent,
  (SELECT min(s.amount - s.spent) / 10000.0 FROM spending s
   WHERE s.campaign = c.id) AS allowed
FROM campaign c LEFT JOIN lead l INDEXED BY lead_due ON l.campaign = c.id
  AND l.next_at IS NOT NULL AND l.held IS NULL AND l.present
WHERE c.active
GROUP BY c.id;

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
  a.execution, coalesce(a.note, e.error) AS note, a.lead, o.outcome,
  o.rule, o.confidence, o.span
FROM attempt a
JOIN campaign c ON c.id = a.campaign
JOIN lead l ON l.id = a.lead
LEFT JOIN execution e ON e.attempt = a.id
LEFT JOIN outcome o ON o.id = (SELECT id FROM outcome
  WHERE attempt = a.id ORDER BY source = 'person' DESC, id DESC LIMIT 1)
LEFT JOIN (SELECT id, coalesce(hangup_by, '')
    || coalesce(' ' || hangup_code, '') || coalesce(': ' || hangup_reason, '')
    AS text FROM execution) AS concat_hangup ON concat_hangup.id = e.id;

-- What is known of each lead: what a person said last, or what the rules make of
-- its calls.  Who says "pending" leaves it to the calls that are still to come;
-- a call in which nobody spoke takes nothing back.
CREATE VIEW outcome_now AS
SELECT l.id AS lead, o.outcome, o.source, o.rule, o.confidence, o.span, o.slot,
  datetime(o.slot_at, 'unixepoch', 'localtime') AS slot_at, o.note,
  datetime(o.decided_at, 'unixepoch', 'localtime') AS decided, o.attempt,
  CASE WHEN o.source = 'person' THEN (SELECT r.outcome FROM outcome r
    WHERE r.lead = o.lead AND r.source = 'rule'
      AND r.attempt > coalesce(o.attempt, 0) AND r.outcome <> o.outcome
      AND r.outcome NOT IN ('pending', 'voicemail')
    ORDER BY r.attempt DESC LIMIT 1) END AS later
FROM lead l JOIN outcome o ON o.id = (
  WITH said AS (SELECT p.id, p.outcome, coalesce(p.attempt, 0) AS attempt
    FROM outcome p WHERE p.lead = l.id AND p.source = 'person'
    ORDER BY p.id DESC LIMIT 1)
  SELECT coalesce((SELECT id FROM said WHERE outcome <> 'pending'),
    (SELECT r.id FROM outcome r WHERE r.lead = l.id AND r.source = 'rule'
       AND r.attempt > coalesce((SELECT attempt FROM said), 0)
     ORDER BY r.outcome = 'pending', r.outcome = 'voicemail', r.attempt DESC
     LIMIT 1),
    (SELECT id FROM said)));

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
  trim(coalesce(l.held_note, (SELECT upper(substr(r.verdict, 1, 1))
      || substr(r.verdict, 2) || ': ' || r.says
    FROM decision d JOIN rule r ON r.name = d.rule
    WHERE d.id = (SELECT max(id) FROM decision WHERE lead = l.id)
      AND l.put_off > unixepoch() AND d.verdict <> 'call'), '') || CASE
    WHEN a.state IN ('rejected', 'unknown') OR a.execution IS NULL
      THEN '; ' || coalesce(a.note, '') || coalesce((SELECT '; no calls: '
        || reason FROM blocked b WHERE a.state = 'unknown'
          AND b.account = a.account), '')
    WHEN e.verified THEN '; ' || coalesce(e.error, coalesce(e.hangup_by || ': ',
      '') || e.hangup_reason || coalesce(' (' || e.hangup_code || ')', ''), '')
      || CASE WHEN l.held = 'max_attempts' AND l.next_at IS NOT NULL
         THEN '; no more attempts' ELSE '' END
    ELSE '' END || coalesce('; ' || (SELECT coalesce(n.note, '')
      || coalesce('; the last call says ' || n.later, '')
      FROM outcome_now n WHERE n.lead = l.id), '')
    || coalesce('; Outcome says ''' || substr(k.odd, 1, 40)
      || ''', which is none: it takes confirmed, declined, rescheduled,'
      || ' pending, wrong_person, voicemail, opt_out, callback or'
      || ' needs_review', ''), '; ') AS notes,
  CASE WHEN e.verified THEN e.transcript END AS transcript,
  CASE WHEN e.verified THEN e.summary END AS summary,
  CASE WHEN e.verified THEN e.recording END AS recording,
  CASE WHEN e.verified THEN round(e.cost_cents / 100.0, 4) END AS cost,
  CASE WHEN l.held IS NULL AND (l.put_off > unixepoch() OR a.id IS NOT NULL)
    THEN datetime(CASE WHEN coalesce(l.put_off, 0) <= l.next_at THEN l.next_at
      ELSE (SELECT next_at FROM decision WHERE id = (SELECT max(id)
        FROM decision WHERE lead = l.id)) END,
      'unixepoch', 'localtime') END AS next_attempt,
  a.id AS attempt, a.state, e.pruned_at IS NOT NULL AS pruned,
  (SELECT outcome FROM outcome_now n WHERE n.lead = l.id) AS outcome,
  coalesce(k.shown, '') AS cell_outcome
FROM lead l
LEFT JOIN attempt a ON a.id = (SELECT max(id) FROM attempt
  WHERE lead = l.id AND state <> 'released')
LEFT JOIN execution e ON e.attempt = a.id
LEFT JOIN outcome_cell k ON k.lead = l.id;

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
-- what nobody but a person can change
SELECT 'campaign', c.name, r.says, NULL
FROM gate g JOIN rule r ON r.name = g.rule JOIN campaign c ON c.id = g.campaign
WHERE c.active AND g.rule IN ('purpose', 'disclosure', 'series', 'cap', 'wallet')
UNION ALL
SELECT 'campaign', name, series, NULL FROM campaign
WHERE active AND series <> '' AND NOT enforce_series
UNION ALL
-- the lowest level that is reached
SELECT 'credits ' || printf('%g', l.level / 10000.0), o.name, iif(o.credits <= 0,
  'none are left and nobody is called: callsheet credits add',
  printf('%.2f are left', o.credits / 10000.0)), NULL
FROM (SELECT b.account, min(j.value) AS level
  FROM balance b JOIN account o ON o.id = b.account, json_each(o.credit_levels) j
  WHERE b.credits <= j.value GROUP BY b.account) l
JOIN account o ON o.id = l.account
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
SELECT 'service', l.name, l.error, datetime(l.since, 'unixepoch', 'localtime')
FROM lane l
WHERE (l.refused OR l.fails >= 3) AND EXISTS (SELECT 1 FROM post p
  WHERE p.kind = l.kind AND p.account = l.account AND p.due_at IS NOT NULL
  UNION ALL SELECT 1 FROM post p
  WHERE p.kind = l.kind AND p.account = l.account AND p.sent_at IS NOT NULL)
UNION ALL
SELECT 'post', p.kind || ' ' || acc.name, count(*) || ' given up, the last: '
  || p.error, datetime(max(p.done_at), 'unixepoch', 'localtime')
FROM account acc CROSS JOIN post p ON p.account = acc.id
WHERE p.done_at > unixepoch() - 86400 AND p.error IS NOT NULL AND p.tries > 0
GROUP BY p.kind, acc.id
UNION ALL
SELECT 'tokens', acc.name, 'today''s tokens for analysis are used, the rest'
  || ' follows tomorrow: analysis_tokens', NULL
FROM account acc CROSS JOIN tokens t ON t.account = acc.id
  AND t.day = unixepoch() / 86400
WHERE t.spent
UNION ALL
SELECT 'prompt', name, 'it names a prompt that is stored at OpenAI, where these'
  || ' end on 30 November 2026: copy its text into the file of call_prompt or'
  || ' history_prompt', NULL
FROM account WHERE active AND stored_prompt
UNION ALL
SELECT 'analysis', acc.name, count(*) || ' have failed since yesterday, the'
  || ' last: ' || n.error, datetime(max(n.at), 'unixepoch', 'localtime')
FROM analysis n JOIN account acc ON acc.id = n.account
WHERE n.state IN ('cut', 'invalid', 'failed') AND n.at > unixepoch() - 86400
GROUP BY acc.id HAVING count(*) >= 3
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
SELECT 'status tab', c.name, t.problem, datetime(t.problem_at, 'unixepoch',
  'localtime')
FROM status_tab t JOIN campaign c ON c.id = t.campaign
WHERE c.active AND t.problem IS NOT NULL
UNION ALL
SELECT 'cron', NULL, 'no pass for ten minutes: is the crontab entry there?',
  datetime(max(started_at), 'unixepoch', 'localtime')
FROM run HAVING max(started_at) < unixepoch() - 600;

-- Whom an alarm concerns: what is about one account is told to no other, what
-- is about this host to all, and what cannot be told apart to nobody unless
-- there is one account only.
CREATE VIEW concern AS
SELECT al.what, al.which, acc.id AS account
FROM alarm al JOIN account acc ON acc.active
WHERE CASE
  WHEN al.what IN ('strangers', 'disk', 'wal', 'clock', 'stop', 'backup',
    'body', 'cron') THEN 1
  WHEN al.what LIKE 'attempt %' THEN acc.id = (SELECT account FROM attempt
    WHERE id = CAST(substr(al.what, 9) AS INTEGER))
  WHEN al.what LIKE 'execution %' THEN acc.id = (SELECT account
    FROM execution WHERE id = substr(al.what, 11))
  WHEN al.what = 'row' THEN EXISTS (SELECT 1 FROM delivery d
    JOIN lead l ON l.id = d.lead JOIN campaign c ON c.id = d.campaign
    WHERE d.tries >= 3 AND l.name = al.which AND c.account = acc.id)
  WHEN al.what = 'service' THEN acc.id = (SELECT account FROM lane
    WHERE name = al.which)
  WHEN al.what = 'post' THEN al.which LIKE '% ' || acc.name
  ELSE acc.name = al.which OR EXISTS (SELECT 1 FROM campaign c
    WHERE c.name = al.which AND c.account = acc.id)
    OR NOT EXISTS (SELECT 1 FROM account o WHERE o.active AND o.id <> acc.id)
  END;

-- What the tab "callsheet" says of a campaign, line by line: one SELECT a line.
-- Asked by each pass, so each counts what waits or is new, never what is stored.
CREATE VIEW status_line AS
SELECT c.id AS campaign, 0 AS rank, 'Last pass' AS what,
  (SELECT datetime(max(started_at), 'unixepoch', 'localtime') FROM run)
    || iif(c.timezone = '', ' UTC', ' ' || c.timezone) AS value
FROM campaign c
UNION ALL
SELECT c.id, 10, 'Calling', coalesce(
  (SELECT 'no: ' || r.says || coalesce(': ' || coalesce(
      json_extract(g.facts, '$.reason'), json_extract(g.facts, '$.problem')), '')
   FROM gate g JOIN rule r ON r.name = g.rule WHERE g.campaign = c.id),
  (SELECT 'no: ' || says FROM rule WHERE name = 'dry_run' AND c.dry_run), 'yes')
FROM campaign c
UNION ALL
SELECT c.id, 20, 'Calls placed', (SELECT count(*) FROM attempt a
    WHERE a.campaign = c.id AND a.state NOT IN ('released', 'rejected')
      AND a.sent_at >= unixepoch('now', 'localtime', 'start of day', 'utc'))
  || ' today' || coalesce('; the last at ' || (SELECT datetime(a.sent_at,
      'unixepoch', 'localtime') FROM attempt a
    WHERE a.campaign = c.id AND a.state NOT IN ('released', 'rejected')
      AND a.sent_at IS NOT NULL ORDER BY a.sent_at DESC LIMIT 1), '')
FROM campaign c
UNION ALL
SELECT c.id, 30, 'Live calls', (SELECT count(*)
  FROM attempt a INDEXED BY attempt_open WHERE a.campaign = c.id
    AND a.state IN ('intent', 'sending', 'accepted', 'unknown')
    AND a.state <> 'unknown')
FROM campaign c
UNION ALL
SELECT c.id, 40, 'Unsettled calls', iif(n, n || ': it is not known whether they'
  || ' were placed, so they are looked for', 'none')
FROM (SELECT c.id, (SELECT count(*)
  FROM attempt a INDEXED BY attempt_open WHERE a.campaign = c.id
    AND a.state IN ('intent', 'sending', 'accepted', 'unknown')
    AND a.state = 'unknown') AS n FROM campaign c) c
UNION ALL
SELECT c.id, 50, 'Due now', (SELECT count(*) FROM lead l INDEXED BY lead_due
  WHERE l.campaign = c.id AND l.due_at <= unixepoch()
    AND l.next_at IS NOT NULL AND l.held IS NULL AND l.present)
FROM campaign c
UNION ALL
SELECT l.campaign, 100 + r.rank, iif(r.verdict = 'block', 'Not called',
    'Put off'), count(*) || ': ' || r.says || iif(r.verdict = 'block', '',
    '; the next may be called at ' || datetime(min(l.put_off), 'unixepoch',
      'localtime'))
FROM lead l INDEXED BY lead_put_off JOIN rule r ON r.name = l.put_off_by
WHERE l.put_off > unixepoch()
  AND l.next_at IS NOT NULL AND l.held IS NULL AND l.present
GROUP BY l.campaign, l.put_off_by
UNION ALL
-- everybody who is due later has been put off, or waits as retry_rule says
SELECT c.id, 100 + r.rank, 'Put off', n || ': ' || r.says
FROM (SELECT c.id, (SELECT count(*) FROM lead l INDEXED BY lead_due
      WHERE l.campaign = c.id AND l.due_at > unixepoch()
        AND l.next_at IS NOT NULL AND l.held IS NULL AND l.present)
    - (SELECT count(*) FROM lead l INDEXED BY lead_put_off
      WHERE l.campaign = c.id AND l.put_off > unixepoch()
        AND l.next_at IS NOT NULL AND l.held IS NULL AND l.present) AS n
  FROM campaign c) c JOIN rule r ON r.name = 'wait' WHERE n > 0
UNION ALL
SELECT l.campaign, 200 + r.rank, 'Not called', count(*) || ': ' || r.says
FROM lead l INDEXED BY lead_held JOIN rule r ON r.name = l.held
WHERE l.held IS NOT NULL AND l.present GROUP BY l.campaign, l.held
UNION ALL
SELECT c.id, 300, 'Money used', printf('%.2f', c.spent / 10000.0)
  || ' since the beginning, calls under way at their most'
FROM campaign c
UNION ALL
SELECT s.campaign, CASE s.name WHEN 'pass' THEN 310 WHEN 'day' THEN 311
    WHEN 'total' THEN 312 ELSE 313 END + 5 * (s.scope = 0), 'Money left',
  CASE WHEN s.name = 'wallet' THEN printf('%.2f in the wallet at Bolna above'
      || ' its floor', max(s.amount - s.spent, 0) / 10000.0)
    ELSE printf('%.2f of %.2f %s, for %s', max(s.amount - s.spent, 0) / 10000.0,
      s.amount / 10000.0, CASE s.name WHEN 'pass' THEN 'in a pass'
        WHEN 'day' THEN 'in 24 hours' ELSE 'in all' END,
      iif(s.scope, 'this campaign', 'the account')) END
FROM spending s WHERE s.name <> 'wallet' OR s.amount <> -1
UNION ALL
SELECT c.id, 320, 'Money left', printf('%.2f in the wallet at Bolna; no limit is'
  || ' set', o.wallet / 10000.0)
FROM campaign c JOIN account o ON o.id = c.account
WHERE o.wallet IS NOT NULL AND o.wallet_floor IS NULL AND NOT EXISTS (SELECT 1
  FROM cap WHERE cap.account = o.id AND cap.campaign IN (0, c.id))
UNION ALL
SELECT c.id, 330, 'Credits left', printf('%.2f for the account, %.2f of them kept'
  || ' aside for calls under way', b.credits / 10000.0, b.reserved / 10000.0)
FROM balance b JOIN campaign c ON c.account = b.account
UNION ALL
-- of the last calls that are a quarter of an hour old
SELECT c.id, 400, 'Late webhooks', iif(n, n || ' of the last ' || calls
  || ' calls sent none within a quarter of an hour', 'none')
FROM (SELECT c.id, count(a.id) AS calls, sum(a.id > 0 AND NOT EXISTS (SELECT 1
      FROM event e WHERE e.execution = a.execution AND e.source = 'webhook'
        AND e.received_at <= a.sent_at + 900)) AS n
  FROM campaign c LEFT JOIN attempt a ON a.id IN (SELECT r.id FROM attempt r
    WHERE r.campaign = c.id AND r.execution IS NOT NULL
      AND r.execution NOT IN (SELECT mark FROM erased)
      AND r.sent_at BETWEEN unixepoch() - 172800 AND unixepoch() - 900
    ORDER BY r.sent_at DESC LIMIT 20) GROUP BY c.id) c
UNION ALL
SELECT c.id, 500, 'Next window', CASE WHEN zones = 0 THEN 'not known: nobody can'
    || ' be called yet'
  WHEN closes > unixepoch() + 8 * 86400 AND open = zones THEN 'now, day and night'
  ELSE coalesce(iif(open, 'now', NULL) || iif(open < zones, ' in ' || open
      || ' of ' || zones || ' time zones', '') || ', until '
      || datetime(closes, 'unixepoch', 'localtime') || '; then ', '')
    || coalesce('from ' || datetime(opens, 'unixepoch', 'localtime'), 'not'
      || ' within the next weeks') END
FROM (SELECT c.id, count(h.campaign) AS zones,
    sum(h.opens_at <= unixepoch() AND unixepoch() < h.closes_at - c.last_secs)
      AS open,
    max(iif(h.opens_at <= unixepoch() AND unixepoch() < h.closes_at
      - c.last_secs, h.closes_at - c.last_secs, NULL)) AS closes,
    min(iif(unixepoch() < h.opens_at, h.opens_at, h.again_at)) AS opens
  FROM campaign c LEFT JOIN hours h ON h.campaign = c.id
    AND h.opens_at IS NOT NULL GROUP BY c.id) c
UNION ALL
-- what concerns this campaign and its account, and the host for all of them
SELECT c.id, 600, 'Problem', a.why || iif(count(*) > 1, ' (' || count(*)
  || ' of them)', '') || ', since ' || datetime(min(a.raised_at), 'unixepoch',
    'localtime')
FROM campaign c JOIN account o ON o.id = c.account JOIN alarm a
  ON a.over_at IS NULL AND a.what NOT IN ('row', 'status tab')
  AND (a.which IN (c.name, o.name)
    OR a.what IN (SELECT what FROM watch)
    OR (a.what LIKE 'attempt %' AND (SELECT t.campaign FROM attempt t
      WHERE t.id = CAST(substr(a.what, 9) AS INTEGER)) = c.id)
    OR (a.what LIKE 'execution %' AND (SELECT t.campaign FROM attempt t
      JOIN execution e ON e.attempt = t.id
      WHERE e.id = substr(a.what, 11)) = c.id))
GROUP BY c.id, a.why
UNION ALL
SELECT d.campaign, 610, 'Problem', count(*) || ' results cannot be written: '
  || coalesce(d.error, 'no reason is known')
FROM delivery d INDEXED BY delivery_stuck WHERE d.tries >= 3
GROUP BY d.campaign, d.error;
-- A call as the console's pages show it.
DROP VIEW IF EXISTS call_line;
CREATE VIEW call_line AS
SELECT a.id, a.account, a.campaign, a.lead, c.name AS campaign_name, l.name,
  a.phone, a.state,
  a.state IN ('intent', 'sending', 'accepted', 'unknown') AS live,
  coalesce(nullif(e.final, ''), nullif(e.stage, ''), a.state) AS status,
  coalesce(e.verified, 0) AS confirmed, a.claimed_at, a.sent_at,
  e.ringing_at, e.answered_at, e.disconnected_at,
  coalesce(e.ended_at, a.ended_at) AS ended_at,
  coalesce(e.talk_secs, e.line_secs) AS seconds,
  round(e.cost_cents / 100.0, 4) AS cost, e.voicemail,
  e.hangup_reason AS hangup, coalesce(a.note, e.error) AS note
FROM attempt a
JOIN campaign c ON c.id = a.campaign
JOIN lead l ON l.id = a.lead
LEFT JOIN execution e ON e.attempt = a.id;
-- One line an analysed call.
CREATE VIEW call_analysis AS
SELECT acc.name AS account, c.name AS campaign, l.name AS lead, n.phone,
  datetime(coalesce(a.sent_at, a.claimed_at), 'unixepoch', 'localtime') AS called,
  n.state, n.result ->> '$.call_outcome' AS call_outcome,
  CAST(n.score AS INTEGER) AS lead_score, (SELECT word FROM scale
    WHERE name = 'intent' AND number <= n.score ORDER BY number DESC LIMIT 1)
    AS intent,
  n.result ->> '$.sentiment' AS sentiment, (SELECT number FROM scale
    WHERE name = 'sentiment' AND word = n.result ->> '$.sentiment')
    AS sentiment_number,
  n.result ->> '$.name' AS name, n.result ->> '$.email' AS email,
  n.result ->> '$.phone' AS other_phone,
  n.result -> '$.key_topics' AS key_topics,
  n.result -> '$.objections' AS objections,
  n.result -> '$.pain_points' AS pain_points,
  n.result -> '$.interests' AS interests,
  n.result -> '$.next_steps' AS next_steps,
  n.error, n.model, n.input_tokens, n.output_tokens,
  round(n.millis / 1000.0, 1) AS seconds, a.execution, n.attempt
FROM analysis n
JOIN account acc ON acc.id = n.account
JOIN attempt a ON a.id = n.attempt
JOIN lead l ON l.id = a.lead
JOIN campaign c ON c.id = a.campaign
WHERE n.kind = 'individual';

-- One line for each account and number: all calls together.
CREATE VIEW history_analysis AS
SELECT acc.name AS account, n.phone, n.state, n.calls AS total_interactions,
  n.score AS average_score, (SELECT word FROM scale
    WHERE name = 'intent' AND number <= n.score ORDER BY number DESC LIMIT 1)
    AS intent,
  n.result ->> '$.overall_sentiment' AS overall_sentiment, (SELECT number
    FROM scale WHERE name = 'sentiment'
      AND word = n.result ->> '$.overall_sentiment') AS sentiment_number,
  n.result ->> '$.engagement_trend' AS engagement_trend,
  n.result ->> '$.conversion_readiness' AS conversion_readiness,
  n.result ->> '$.progression' AS progression,
  n.result -> '$.recommended_actions' AS recommended_actions,
  n.result -> '$.key_decision_factors' AS key_decision_factors,
  n.error, n.model, n.input_tokens, n.output_tokens,
  round(n.millis / 1000.0, 1) AS seconds,
  datetime(n.done_at, 'unixepoch', 'localtime') AS since, n.attempt
FROM analysis n
JOIN account acc ON acc.id = n.account
WHERE n.kind = 'complete';

-- The stages of each call with their times, and who hung up: agent, user or
-- system, beside Bolna's own words.  stage is where it is now; a call that nobody
-- took was ended by the system, unless Bolna says by whom.
DROP VIEW IF EXISTS lifecycle;
CREATE VIEW lifecycle AS
SELECT a.id, acc.name AS account, c.name AS campaign, l.name, a.phone,
  a.execution, CASE
    WHEN e.final <> '' THEN e.final
    WHEN e.stage IN ('ringing', 'in-progress', 'call-disconnected') THEN e.stage
    WHEN e.stage <> '' OR a.state = 'accepted' THEN 'initiated'
    ELSE a.state END AS stage,
  coalesce(e.verified, 0) AS confirmed,
  datetime(a.sent_at, 'unixepoch', 'localtime') AS initiated,
  datetime(e.ringing_at, 'unixepoch', 'localtime') AS ringing,
  datetime(e.answered_at, 'unixepoch', 'localtime') AS answered,
  datetime(e.disconnected_at, 'unixepoch', 'localtime') AS disconnected,
  datetime(e.ended_at, 'unixepoch', 'localtime') AS ended,
  coalesce(iif(e.hangup_by IS NULL AND e.hangup_reason IS NULL, NULL,
    (SELECT h.party FROM hangup h WHERE coalesce(e.hangup_by, '') LIKE h.said
       AND coalesce(e.hangup_reason, '') LIKE h.reason
     ORDER BY h.reason = '%', h.said = '%', h.reason LIMIT 1)),
    iif(e.final IN ('no-answer', 'busy'), 'system', NULL)) AS hangup_by,
  e.hangup_by AS hangup_said, e.hangup_reason, e.hangup_code,
  coalesce(nullif(e.final, ''), nullif(e.stage, '')) AS status
FROM attempt a
JOIN account acc ON acc.id = a.account
JOIN campaign c ON c.id = a.campaign
JOIN lead l ON l.id = a.lead
LEFT JOIN execution e ON e.attempt = a.id;
