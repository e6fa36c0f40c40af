-- The page "now": calls on the line, the last that ended, today and what comes
-- next.  Today begins at :midnight.
WITH live AS MATERIALIZED (
  SELECT o.id FROM campaign c
  JOIN attempt o INDEXED BY attempt_open ON o.campaign = c.id
    AND o.state IN ('intent', 'sending', 'accepted', 'unknown')
  -- the call's own: its campaign may have gone over to another one
  WHERE :account = 0 OR o.account = :account
  ORDER BY o.id LIMIT 200),
newest AS MATERIALIZED (
  SELECT id FROM (SELECT id FROM attempt INDEXED BY attempt_account
    WHERE account = :account AND state <> 'released'
    ORDER BY id DESC LIMIT 60)
  UNION ALL
  SELECT id FROM (SELECT id FROM attempt WHERE :account = 0
    ORDER BY id DESC LIMIT 60)),
shown AS MATERIALIZED (
  SELECT id FROM live
  UNION
  SELECT id FROM (SELECT t.id FROM newest JOIN call_line t ON t.id = newest.id
    WHERE NOT t.live AND t.state <> 'released'
    ORDER BY t.ended_at DESC, t.id DESC LIMIT 12))
SELECT json_object(
  'account', (SELECT name FROM account WHERE id = :account),
  'calls', (SELECT json_group_array(json(line)) FROM (
    SELECT json_object('id', t.id, 'lead', t.lead,
      'name', t.name, 'phone', t.phone, 'campaign', t.campaign_name,
      'state', t.state, 'status', t.status, 'live', t.live,
      'confirmed', t.confirmed, 'claimed_at', t.claimed_at,
      'sent_at', t.sent_at, 'ringing_at', t.ringing_at,
      'answered_at', t.answered_at, 'disconnected_at', t.disconnected_at,
      'ended_at', t.ended_at, 'seconds', t.seconds, 'cost', t.cost,
      'voicemail', t.voicemail, 'hangup', t.hangup, 'note', t.note) AS line
    FROM shown JOIN call_line t ON t.id = shown.id
    ORDER BY t.live DESC, CASE WHEN t.live THEN t.id END, t.ended_at DESC,
      t.id DESC)),
  'today', (SELECT json_object('calls', coalesce(sum(t.calls), 0),
      'answered', coalesce(sum(t.answered), 0), 'talk', total(t.talk_secs),
      'cost', round(total(t.cost_cents) / 100, 4))
    FROM campaign c JOIN tally t ON t.campaign = c.id AND t.slot >= :midnight
    WHERE :account = 0 OR c.account = :account),
  'hours', (SELECT json_group_array(json_array(hour, calls, answered)) FROM (
    SELECT (t.slot - :midnight) / 3600 AS hour, sum(t.calls) AS calls,
      sum(t.answered) AS answered
    FROM campaign c JOIN tally t ON t.campaign = c.id AND t.slot >= :midnight
    WHERE :account = 0 OR c.account = :account
    GROUP BY 1 ORDER BY 1)),
  'waiting', (SELECT count(*) FROM campaign c
    JOIN lead l INDEXED BY lead_due ON l.campaign = c.id
    WHERE l.next_at IS NOT NULL AND l.held IS NULL AND l.present AND c.active
      AND (:account = 0 OR c.account = :account)),
  'next_at', (SELECT min((SELECT l.due_at FROM lead l INDEXED BY lead_due
      WHERE l.campaign = c.id AND l.next_at IS NOT NULL AND l.held IS NULL
        AND l.present ORDER BY l.due_at LIMIT 1)) FROM campaign c
    WHERE c.active AND NOT c.paused AND c.problem IS NULL
      AND (:account = 0 OR c.account = :account)),
  'campaigns', (SELECT count(*) FROM campaign c WHERE c.active
    AND (:account = 0 OR c.account = :account)),
  'paused', (SELECT json_group_array(c.name) FROM campaign c
    WHERE c.active AND c.paused AND (:account = 0 OR c.account = :account)),
  'last_pass', (SELECT max(started_at) FROM run)) AS page;
