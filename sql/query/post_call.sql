-- What Slack is told about a call: as Bolna has confirmed it.
SELECT e.id, coalesce(nullif(e.agent_id, ''), a.agent_id), e.final,
  coalesce(e.talk_secs, e.line_secs), e.transcript, c.name, a.phone,
  coalesce(e.error, coalesce(e.hangup_by || ': ', '') || e.hangup_reason, '')
FROM attempt a
JOIN execution e ON e.attempt = a.id
JOIN campaign c ON c.id = a.campaign
WHERE a.id = :attempt AND e.verified;
