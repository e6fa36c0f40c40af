-- callsheet: who would be called now and who not, by which rule, and what it may
-- cost.  Start here:  SELECT * FROM why;  SELECT * FROM due;

DROP VIEW IF EXISTS due;
DROP VIEW IF EXISTS next;
DROP VIEW IF EXISTS blocked;
DROP VIEW IF EXISTS why;
DROP VIEW IF EXISTS judgement;
DROP VIEW IF EXISTS finding;
DROP VIEW IF EXISTS gate;
DROP VIEW IF EXISTS room;
DROP VIEW IF EXISTS spending;
DROP VIEW IF EXISTS balance;
DROP VIEW IF EXISTS dialled;
DROP VIEW IF EXISTS forecast;

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
SELECT a.account, a.campaign, a.phone, coalesce(a.sent_at, a.claimed_at) AS at
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
-- Bolna redials by itself, which the agent's settings must not allow; so long
-- other rows with the number wait
SELECT l.id, 'redialled', json_object('execution', e.id),
  iif(a.lead = l.id, NULL, e.last_at + 86400)
FROM lead l JOIN campaign c ON c.id = l.campaign
JOIN attempt a ON a.phone = l.phone
  AND (a.account = c.account OR a.campaign = c.id)
JOIN execution e ON e.attempt = a.id AND e.retry_count > 0
WHERE a.lead = l.id OR e.last_at > unixepoch() - 86400
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
-- how often a number may be called for the account, and for the campaign if it
-- had another account before: gap, day, week, month and life; asked again when
-- the oldest of the calls is out of the period
SELECT lead, name, json_object('calls', made, 'allowed', calls, 'within', secs),
  CASE WHEN name <> 'life' THEN oldest + secs END
FROM (SELECT l.id AS lead, b.name, b.calls, b.secs, (
    SELECT count(*) FROM dialled d WHERE d.phone = l.phone
      AND (d.account = c.account OR d.campaign = c.id)
      AND d.at > unixepoch() - b.secs) AS made, (
    SELECT min(d.at) FROM dialled d WHERE d.phone = l.phone
      AND (d.account = c.account OR d.campaign = c.id)
      AND d.at > unixepoch() - b.secs) AS oldest
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
-- all attempts at their longest; and what stands against it.  How many attempts
-- are left on average is looked up for ten thousand people at most.
CREATE VIEW forecast AS
WITH c AS MATERIALIZED (SELECT *, (SELECT count(*) FROM lead INDEXED BY lead_due
    WHERE campaign = o.id AND next_at IS NOT NULL AND held IS NULL AND present)
    AS people FROM campaign o WHERE active)
SELECT c.id, c.name AS campaign, people, people * minute_cost / 10000.0 AS lowest,
  people * coalesce((SELECT avg(max(1, c.max_attempts + granted
      - (SELECT count(*) FROM attempt a
         WHERE a.lead = l.id AND a.state <> 'released')))
    FROM (SELECT id, granted FROM lead INDEXED BY lead_due
      WHERE campaign = c.id AND next_at IS NOT NULL AND held IS NULL AND present
      LIMIT 10000) l), 0) * call_cost / 10000.0 AS highest,
  spent / 10000.0 AS spent,
  (SELECT min(s.amount - s.spent) / 10000.0 FROM spending s
   WHERE s.campaign = c.id) AS allowed
FROM c;
