-- Store the projection of one execution; without an attempt it is quarantined.
-- Its account is the attempt's, else that of the agent.  There is news, so
-- Bolna is asked about it at confirm_at (null: not at all); one without an
-- account belongs to nobody whose key we hold.
INSERT INTO execution (id, attempt, account, agent_id, phone, stage, final,
  odd_status, verified, voicemail, retry_count, head_rank, head_at,
  head_digest, transcript, summary, recording, extraction, error,
  smart_status, hangup_by, hangup_reason, hangup_code, talk_secs, line_secs,
  cost_cents, ringing_at, answered_at, disconnected_at, ended_at, first_at,
  last_at, confirm_at)
SELECT :id, :attempt, whose.account,
  coalesce(:agent, ''), coalesce(:phone, ''), coalesce(:stage, ''),
  coalesce(:final, ''), :odd_status, :verified, :voicemail, :retry_count,
  :head_rank, :head_at, :head_digest, :transcript, :summary, :recording,
  :extraction, :error, :smart_status, :hangup_by, :hangup_reason,
  :hangup_code, :talk, :line, :cost, :ringing, :answered, :disconnected,
  :ended, :now, :now, CASE WHEN whose.account IS NOT NULL THEN :confirm_at END
FROM (SELECT coalesce((SELECT account FROM attempt WHERE id = :attempt),
    (SELECT account FROM campaign WHERE agent_id = :agent AND active))
  AS account) AS whose
WHERE true
ON CONFLICT (id) DO UPDATE SET
  attempt = excluded.attempt, account = excluded.account,
  agent_id = excluded.agent_id, phone = excluded.phone,
  stage = excluded.stage, final = excluded.final,
  odd_status = excluded.odd_status, verified = excluded.verified,
  voicemail = excluded.voicemail, retry_count = excluded.retry_count,
  head_rank = excluded.head_rank, head_at = excluded.head_at,
  head_digest = excluded.head_digest, transcript = excluded.transcript,
  summary = excluded.summary, recording = excluded.recording,
  extraction = excluded.extraction, error = excluded.error,
  smart_status = excluded.smart_status, hangup_by = excluded.hangup_by,
  hangup_reason = excluded.hangup_reason, hangup_code = excluded.hangup_code,
  talk_secs = excluded.talk_secs, line_secs = excluded.line_secs,
  cost_cents = excluded.cost_cents, ringing_at = excluded.ringing_at,
  answered_at = excluded.answered_at,
  disconnected_at = excluded.disconnected_at, ended_at = excluded.ended_at,
  last_at = excluded.last_at, confirm_at = excluded.confirm_at, confirms = 0;
