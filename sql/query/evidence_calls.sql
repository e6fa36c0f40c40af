-- The calls to a number: ours, and those that only Bolna speaks of.
WITH known AS (
  SELECT a.id AS attempt, a.execution, a.account, l.timezone
  FROM attempt a JOIN lead l ON l.id = a.lead
  WHERE a.phone = :phone AND (:account IS NULL OR a.account = :account)
  UNION ALL
  SELECT NULL, e.id, e.account, (SELECT timezone FROM lead
    WHERE phone = :phone ORDER BY id LIMIT 1)
  FROM execution e
  WHERE e.attempt IS NULL AND e.phone IN (:phone, substr(:phone, 2))
    AND (:account IS NULL OR e.account = :account)
)
SELECT k.timezone, a.id, acc.name, c.name, a.lead,
  coalesce(a.phone, e.phone), coalesce(a.agent_id, e.agent_id),
  a.from_number, coalesce(a.state, 'not ours'), k.execution, a.claimed_at,
  a.sent_at, a.ended_at, a.http_status, a.note, e.stage, e.final, e.verified,
  e.talk_secs, e.line_secs, e.cost_cents, e.ringing_at, e.answered_at,
  e.disconnected_at, e.ended_at, e.hangup_by, e.hangup_reason, e.hangup_code,
  e.voicemail, e.retry_count, e.error, e.summary, e.extraction, e.recording,
  e.pruned_at, e.transcript
FROM known k
LEFT JOIN attempt a ON a.id = k.attempt
LEFT JOIN execution e ON e.id = k.execution
LEFT JOIN campaign c ON c.id = a.campaign
LEFT JOIN account acc ON acc.id = k.account
ORDER BY k.attempt IS NULL, k.attempt, k.execution;
