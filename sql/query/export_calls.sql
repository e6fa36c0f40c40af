-- The next calls after one, for "callsheet export".  A page at a time, so that
-- a slow reader of a large export keeps nobody from checkpointing.  What Bolna
-- has not confirmed to our own question is not told; nor what was never sent.
SELECT a.id, o.name, c.name, a.agent_id, l.key, l.name, a.phone, a.from_number,
  strftime('%Y-%m-%dT%H:%M:%SZ', coalesce(a.sent_at, a.claimed_at), 'unixepoch'),
  strftime('%Y-%m-%dT%H:%M:%SZ', e.ringing_at, 'unixepoch'),
  strftime('%Y-%m-%dT%H:%M:%SZ', e.answered_at, 'unixepoch'),
  strftime('%Y-%m-%dT%H:%M:%SZ', e.ended_at, 'unixepoch'),
  a.state, CASE WHEN e.verified THEN e.final ELSE nullif(e.stage, '') END,
  coalesce(e.verified, 0), a.execution, a.note, v.error,
  coalesce(v.talk_secs, v.line_secs), v.cost_cents / 100.0,
  v.hangup_by, v.hangup_code, v.hangup_reason, v.voicemail, v.summary,
  v.transcript, v.recording, v.extraction
FROM attempt a
JOIN account o ON o.id = a.account
JOIN campaign c ON c.id = a.campaign
JOIN lead l ON l.id = a.lead
LEFT JOIN execution e ON e.attempt = a.id
LEFT JOIN execution v ON v.id = e.id AND v.verified
WHERE a.id > :after AND a.state NOT IN ('intent', 'released')
  AND (:account IS NULL OR o.name = :account)
  AND (:campaign IS NULL OR c.name = :campaign)
  AND coalesce(a.sent_at, a.claimed_at) >= :since
  AND coalesce(a.sent_at, a.claimed_at) < :until
ORDER BY a.id LIMIT :limit;
