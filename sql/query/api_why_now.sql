-- Adds to :found, by the id of a lead, the first rule that applies to it.
-- scan: of what was found about this one lead
SELECT json_set(:found, '$.' || json_quote('' || :lead),
  json_object('verdict', r.verdict, 'rule', r.name, 'says', r.says,
    'facts', json(x.facts), 'next_at', x.next_at))
FROM (SELECT rule, facts, next_at FROM finding WHERE lead = :lead
  UNION ALL
  SELECT rule, facts, next_at FROM gate WHERE campaign = :campaign
  UNION ALL
  SELECT 'dry_run', '{}', NULL FROM campaign WHERE id = :campaign AND dry_run
  UNION ALL
  SELECT 'turn', '{}', NULL) x
JOIN rule r ON r.name = x.rule ORDER BY r.rank LIMIT 1;
