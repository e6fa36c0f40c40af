-- Claimed attempts of a campaign and whether their own row says so: written
-- means that the row was found a moment ago and now carries the token.
SELECT a.id, a.lead, a.phone, a.token, l.name, l.variables, l.timezone,
  l.cell_execution = a.token AND l.held IS NULL
    AND NOT EXISTS (SELECT 1 FROM suppression s
      WHERE s.phone = a.phone AND s.removed_at IS NULL
        AND (s.account = a.account OR s.account IS NULL))
    AND z.opens_at <= unixepoch() AND unixepoch() < z.closes_at AS written,
  a.from_number
FROM attempt a
JOIN lead l ON l.id = a.lead
JOIN hours z ON z.campaign = l.campaign AND z.country = l.country
  AND z.timezone = l.timezone
WHERE a.state IN ('intent', 'sending', 'accepted', 'unknown')
  AND a.state = 'intent' AND a.campaign = :campaign
ORDER BY a.id;
