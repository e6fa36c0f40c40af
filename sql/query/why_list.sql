-- Everybody: what would become of them now, and at which cost; a call that
-- only dry_run is in the way of counts as one.
-- scan: of all leads, when a person asks
SELECT w.campaign, w.phone, w.name, iif(w.rule = 'dry_run', 'call', w.verdict),
  iif(w.rule = 'dry_run', 'nothing speaks against it', w.says), w.next,
  iif(w.verdict = 'block', 0, c.minute_cost) / 10000.0,
  iif(w.verdict = 'block', 0, c.call_cost * max(1, c.max_attempts + l.granted
    - (SELECT count(*) FROM attempt a WHERE a.lead = l.id
       AND a.state <> 'released'))) / 10000.0, w.rule,
  w.facts, w.facts ->> 'note'
FROM why w JOIN lead l ON l.id = w.lead JOIN campaign c ON c.id = l.campaign
WHERE w.rule NOT IN ('gone', 'over') AND c.active
ORDER BY w.campaign, l.priority DESC, l.due_at, l.id;
