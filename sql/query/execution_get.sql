-- One execution, in the column order of lib/event.c.
SELECT attempt, coalesce(asked_at, 0), verified, voicemail, retry_count,
  head_rank, head_at, head_digest,
  agent_id, phone, stage, final, odd_status, transcript, summary, recording,
  extraction, error, smart_status, hangup_by, hangup_reason, hangup_code,
  talk_secs, line_secs, cost_cents,
  coalesce(ringing_at, 0), coalesce(answered_at, 0),
  coalesce(disconnected_at, 0), coalesce(ended_at, 0)
FROM execution WHERE id = :id;
