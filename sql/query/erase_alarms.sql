-- Alarms name numbers, and the names of rows.
DELETE FROM alarm WHERE which IN (
  SELECT phone FROM lead WHERE id = :lead
  UNION SELECT name FROM lead WHERE id = :lead
  UNION SELECT e.phone FROM execution e JOIN attempt a ON a.id = e.attempt
    WHERE a.lead = :lead) AND which <> '';
