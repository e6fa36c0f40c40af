-- Campaigns and how far they are.  The people on a sheet are counted, each kind
-- in an index of its own; the calls of all time are added up from tally.
SELECT json_object('campaigns', json_group_array(json(line))) AS page FROM (
  SELECT json_object('name', c.name, 'account', acc.name, 'sheet', c.sheet,
    'agent', c.agent_id, 'timezone', c.timezone, 'paused', c.paused,
    'dry_run', c.dry_run, 'problem', c.problem, 'problem_at', c.problem_at,
    'stopped', json((SELECT json_object('rule', r.name, 'says', r.says,
        'facts', json(g.facts), 'next_at', g.next_at)
      FROM gate g JOIN rule r ON r.name = g.rule WHERE g.campaign = c.id)),
    'imported_at', c.imported_at, 'max_live', c.max_live,
    'max_attempts', c.max_attempts,
    'people', json_object('rows', (SELECT count(*)
        FROM lead INDEXED BY lead_present WHERE campaign = c.id AND present),
      'waiting', f.people,
      'held', (SELECT count(*) FROM lead INDEXED BY lead_held
        WHERE campaign = c.id AND held IS NOT NULL AND present)),
    'held', (SELECT json_group_object(held, n) FROM (
      SELECT held, count(*) AS n FROM lead INDEXED BY lead_held
      WHERE campaign = c.id AND held IS NOT NULL AND present GROUP BY held)),
    'next_at', (SELECT due_at FROM lead INDEXED BY lead_due
      WHERE campaign = c.id AND next_at IS NOT NULL AND held IS NULL
        AND present ORDER BY due_at LIMIT 1),
    'opens_at', (SELECT min(opens_at) FROM hours WHERE campaign = c.id),
    'closes_at', (SELECT max(closes_at) FROM hours WHERE campaign = c.id),
    'live', (SELECT count(*) FROM attempt INDEXED BY attempt_open
      WHERE campaign = c.id
        AND state IN ('intent', 'sending', 'accepted', 'unknown')),
    'calls', (SELECT json_object('calls', coalesce(sum(calls), 0),
        'answered', coalesce(sum(answered), 0), 'talk', total(talk_secs),
        'cost', round(total(cost_cents) / 100, 4)) FROM tally
      WHERE campaign = c.id),
    'finals', (SELECT json_group_object(final, n) FROM (
      SELECT final, sum(calls) AS n FROM tally WHERE campaign = c.id
      GROUP BY final HAVING n > 0)),
    'unwritten', (SELECT count(*) FROM delivery WHERE campaign = c.id
      AND kind = 'sheet'),
    -- what it may still cost
    'forecast', json_object('people', f.people,
      'lowest', round(f.lowest, 4), 'highest', round(f.highest, 4),
      'spent', round(f.spent, 4), 'allowed', round(f.allowed, 4)),
    -- calls in the hours of the last day in which there were any
    'per_hour', (SELECT round(sum(calls) * 4.0 / count(DISTINCT slot), 1)
      FROM tally WHERE campaign = c.id AND slot >= unixepoch() - 86400
      AND calls > 0)) AS line
  FROM campaign c JOIN account acc ON acc.id = c.account
  JOIN forecast f ON f.id = c.id
  WHERE c.active AND (:account = 0 OR c.account = :account)
  ORDER BY c.name);
