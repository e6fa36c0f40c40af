-- callsheet: what became of the calls.  Start here:  SELECT * FROM progress;
-- SELECT * FROM call;  Times are local.

DROP VIEW IF EXISTS call;
DROP VIEW IF EXISTS sheet_row;
DROP VIEW IF EXISTS outcome_now;
DROP VIEW IF EXISTS progress;
DROP VIEW IF EXISTS call_analysis;
DROP VIEW IF EXISTS history_analysis;
DROP VIEW IF EXISTS call_line;
DROP VIEW IF EXISTS lifecycle;

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

-- A call as the console's pages show it.
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
