-- The leads that a number has in a campaign, eldest first.
SELECT l.id, l.key, l.name, l.variables, l.timezone, l.control, l.status_cell,
  l.present, coalesce(l.held, ''), coalesce(l.held_note, ''), l.granted,
  l.cell_execution, l.cell_status,
  (SELECT count(*) FROM attempt a WHERE a.lead = l.id
     AND a.state <> 'released') AS attempts,
  l.country, l.priority, l.consent, l.consent_on,
  l.next_at IS NOT NULL OR EXISTS (SELECT 1 FROM attempt a WHERE a.lead = l.id
    AND a.state IN ('intent', 'sending', 'accepted', 'unknown'))
FROM lead l WHERE l.campaign = :campaign AND l.phone = :phone
ORDER BY l.id;
