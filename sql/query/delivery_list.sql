-- Rows to be written, with what their cells should say; what Status said when the
-- sheet was read, of who was never called before; and whether the lead waits for a
-- call, or the end of one, without that a person has asked for it.
SELECT d.lead, d.rev, d.wipe, s.key, s.phone, s.name, s.cell_execution,
  s.cell_status,
  s.attempt, s.state, s.status, s.execution, s.duration, s.last_attempt,
  s.notes, s.transcript, s.summary, s.recording, s.cost, s.next_attempt,
  s.pruned, s.outcome, s.cell_outcome, (SELECT l.status_cell FROM lead l
    WHERE l.id = d.lead AND NOT EXISTS (SELECT 1 FROM attempt a
      WHERE a.lead = l.id AND a.id <> s.attempt AND a.state <> 'released')),
  (SELECT 1 FROM lead l WHERE l.id = d.lead AND l.held IS NULL
    AND l.control <> 'retry now' AND (l.next_at IS NOT NULL
      OR s.state IN ('intent', 'sending', 'accepted', 'unknown')))
FROM delivery d JOIN sheet_row s ON s.lead = d.lead
WHERE d.kind = 'sheet' AND d.campaign = :campaign AND d.due_at <= :now
ORDER BY d.due_at LIMIT :limit;
