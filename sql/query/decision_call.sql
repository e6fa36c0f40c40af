-- A lead is called: by this attempt, and what spoke for it.
INSERT INTO decision (at, campaign, lead, verdict, rule, facts, settings)
SELECT :now, l.campaign, l.id, 'call', 'turn', json_object(
    'attempt', :attempt,
    'nth', (SELECT count(*) FROM attempt a WHERE a.lead = l.id
      AND a.state <> 'released'),
    'timezone', l.timezone, 'from', l.timezone_from, 'country', l.country,
    'hours', datetime(h.opens_at, 'unixepoch') || ' to '
      || datetime(h.closes_at, 'unixepoch') || ' UTC',
    'consent', l.consent, 'consent date', l.consent_on),
  (SELECT hash FROM settings ORDER BY since DESC LIMIT 1)
FROM lead l LEFT JOIN hours h ON h.campaign = l.campaign
  AND h.country = l.country AND h.timezone = l.timezone
WHERE l.id = :lead;
