-- The attempt that came of it.
SELECT a.id, a.state, a.execution, a.note, e.final, e.verified,
  coalesce(e.talk_secs, e.line_secs), e.hangup_reason
FROM attempt a LEFT JOIN execution e ON e.attempt = a.id
WHERE a.lead = :lead AND a.id > :before ORDER BY a.id DESC LIMIT 1;
