-- Decisions about a lead and about its campaign as a whole, the latest first.
SELECT datetime(d.at, 'unixepoch', 'localtime'), d.verdict,
  coalesce(r.says, d.rule), d.facts, d.lead IS NULL
FROM decision d LEFT JOIN rule r ON r.name = d.rule
WHERE d.id IN (SELECT id FROM (SELECT id FROM decision WHERE lead = :lead
    ORDER BY id DESC LIMIT 20)
  UNION ALL SELECT id FROM (SELECT id FROM decision
    WHERE campaign = :campaign AND lead IS NULL ORDER BY id DESC LIMIT 5))
ORDER BY d.id DESC;
