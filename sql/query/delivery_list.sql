-- Rows to be written, with what their cells should say.
SELECT d.lead, d.rev, d.wipe, s.key, s.phone, s.name, s.cell_execution,
  s.cell_status,
  s.attempt, s.state, s.status, s.execution, s.duration, s.last_attempt,
  s.notes, s.transcript, s.summary, s.recording, s.cost, s.next_attempt,
  s.pruned, s.outcome, s.cell_outcome
FROM delivery d JOIN sheet_row s ON s.lead = d.lead
WHERE d.kind = 'sheet' AND d.campaign = :campaign AND d.due_at <= :now
ORDER BY d.due_at LIMIT :limit;
