-- callsheet: what the tab "callsheet" of a spreadsheet says.

DROP VIEW IF EXISTS status_line;

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
FROM anomaly n JOIN alarm a ON a.what = n.what
  AND a.which = coalesce(n.which, '') AND a.account = coalesce(n.account, 0)
  AND a.over_at IS NULL
JOIN campaign c ON c.id = n.campaign
  OR (n.campaign IS NULL AND c.account = n.account)
  OR (n.account IS NULL AND n.what IN (SELECT what FROM watch))
WHERE n.what NOT IN ('row', 'status tab', 'service', 'post')
GROUP BY c.id, a.why
UNION ALL
SELECT d.campaign, 610, 'Problem', count(*) || ' results cannot be written: '
  || coalesce(d.error, 'no reason is known')
FROM delivery d INDEXED BY delivery_stuck WHERE d.tries >= 3
GROUP BY d.campaign, d.error;
