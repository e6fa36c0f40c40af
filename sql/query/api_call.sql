-- One call with all that is known about it, and the person's other calls for
-- the account; no row when it is somebody else's.
SELECT json_object('id', a.id, 'calls', (SELECT json_group_array(json(line))
  FROM (
    SELECT json_object('id', t.id, 'lead', t.lead,
      'name', t.name, 'phone', t.phone, 'campaign', t.campaign_name,
      'state', t.state, 'status', t.status, 'live', t.live,
      'confirmed', t.confirmed, 'claimed_at', t.claimed_at,
      'sent_at', t.sent_at, 'ringing_at', t.ringing_at,
      'answered_at', t.answered_at, 'disconnected_at', t.disconnected_at,
      'ended_at', t.ended_at, 'seconds', t.seconds, 'cost', t.cost,
      'voicemail', t.voicemail, 'hangup', t.hangup, 'note', t.note) AS line
    FROM call_line t WHERE t.lead = a.lead
      AND (:account = 0 OR t.account = :account)
      AND (t.state <> 'released' OR t.id = a.id) ORDER BY t.id DESC LIMIT 50)),
  'execution', a.execution, 'agent', a.agent_id, 'http_status', a.http_status,
  'transcript', e.transcript, 'summary', e.summary, 'recording', e.recording,
  'extraction', CASE WHEN json_valid(e.extraction) THEN json(e.extraction) END,
  'outcomes', (SELECT json_group_array(json(line)) FROM (
    SELECT json_object('outcome', o.outcome, 'source', o.source,
      'rule', o.rule, 'confidence', o.confidence, 'span', o.span,
      'slot', o.slot, 'slot_at', o.slot_at, 'note', o.note,
      'decided_at', o.decided_at) AS line
    FROM outcome o WHERE o.attempt = a.id
    ORDER BY o.source = 'person' DESC, o.id DESC LIMIT 10)),
  'analysis', json((SELECT json_object('score', n.score, 'state', n.state,
      'error', n.error, 'result', json(n.result), 'model', n.model)
    FROM analysis n WHERE n.account = a.account AND n.phone = a.phone
      AND n.kind = 'individual' AND n.call = a.id)),
  'hangup_by', e.hangup_by, 'hangup_code', e.hangup_code,
  'smart_status', e.smart_status, 'line_secs', e.line_secs,
  'talk_secs', e.talk_secs, 'retry_count', e.retry_count,
  'events', (SELECT json_group_array(json_object('at', received_at,
      'source', source, 'status', status)) FROM (
    SELECT v.received_at, v.source, CASE WHEN json_valid(v.body)
      THEN coalesce(json_extract(v.body, '$.status'),
        json_extract(v.body, '$.data.status'),
        json_extract(v.body, '$.execution.status')) END AS status
    FROM event v WHERE v.execution = a.execution ORDER BY v.id LIMIT 50)))
  AS page
FROM attempt a
LEFT JOIN execution e ON e.attempt = a.id
WHERE a.id = :id AND (:account = 0 OR a.account = :account);
