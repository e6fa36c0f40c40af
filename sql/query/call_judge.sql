-- What speaks against calling a lead now although its own turn may not have
-- come: a person asks for it, as with "retry now".
-- scan: of what was found about this one lead
SELECT r.verdict, r.name, r.says, x.facts,
  datetime(x.next_at, 'unixepoch', 'localtime')
FROM (SELECT rule, facts, next_at FROM finding WHERE lead = :lead
    AND rule NOT IN ('over', 'wait', 'max_attempts')
  UNION ALL
  SELECT g.rule, g.facts, g.next_at FROM gate g WHERE g.campaign = :campaign
  UNION ALL
  SELECT 'dry_run', '{}', NULL FROM campaign WHERE id = :campaign AND dry_run) x
JOIN rule r ON r.name = x.rule ORDER BY r.rank LIMIT 1;
