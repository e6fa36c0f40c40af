-- Why the number was called or not, for its rows and, since there was one, for
-- their campaigns as a whole.
WITH mine AS (
  SELECT l.id, l.campaign, l.timezone, l.created_at, c.name
  FROM lead l JOIN campaign c ON c.id = l.campaign
  WHERE l.phone = :phone AND (:account IS NULL OR c.account = :account)
), fell AS (
  SELECT m.timezone, d.id, m.name, m.id AS lead, 'lead' AS what
  FROM mine m JOIN decision d ON d.lead = m.id
  UNION ALL
  SELECT m.timezone, d.id, m.name, NULL, 'campaign'
  FROM (SELECT campaign, name, min(timezone) AS timezone,
      min(created_at) AS since FROM mine GROUP BY campaign) m
  JOIN decision d ON d.campaign = m.campaign AND d.lead IS NULL
    AND d.at >= m.since
)
SELECT f.timezone, d.id, d.at, f.name, f.what, f.lead, d.verdict, d.rule,
  r.says, d.facts, d.next_at, d.settings
FROM fell f JOIN decision d ON d.id = f.id
LEFT JOIN rule r ON r.name = d.rule
ORDER BY d.id;
