-- Calls that Bolna still has in its queue and that must not be placed any more:
-- the number was closed, the campaign or the row stopped, or the hours are about
-- to end.
SELECT a.id, a.execution, a.account FROM attempt a
JOIN execution e ON e.attempt = a.id
JOIN campaign c ON c.id = a.campaign
JOIN lead l ON l.id = a.lead
LEFT JOIN hours h ON h.campaign = l.campaign AND h.country = l.country
  AND h.timezone = l.timezone
WHERE a.state IN ('intent', 'sending', 'accepted', 'unknown')
  AND a.state = 'accepted' AND a.recalled_at IS NULL AND e.final = ''
  AND e.stage IN ('', 'scheduled', 'prepared', 'queued', 'rescheduled')
  AND (c.paused = 2 OR l.control = 'stop' OR EXISTS (SELECT 1 FROM suppression s
      WHERE s.phone = a.phone AND s.removed_at IS NULL
        AND (s.account = a.account OR s.account IS NULL))
    OR unixepoch() < h.opens_at
    OR unixepoch() >= h.closes_at - c.last_secs / 2);
