-- Calls that Bolna still has in its queue and that must not be placed any more:
-- the number was closed, or the campaign stopped.
SELECT a.id, a.execution, a.account FROM attempt a
JOIN execution e ON e.attempt = a.id
JOIN campaign c ON c.id = a.campaign
WHERE a.state IN ('intent', 'sending', 'accepted', 'unknown')
  AND a.state = 'accepted' AND a.recalled_at IS NULL AND e.final = ''
  AND e.stage IN ('', 'scheduled', 'prepared', 'queued', 'rescheduled')
  AND (c.paused = 2 OR EXISTS (SELECT 1 FROM suppression s
    WHERE s.phone = a.phone AND s.removed_at IS NULL
      AND (s.account = a.account OR s.account IS NULL)));
