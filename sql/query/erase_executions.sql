-- Of a call stays what sums are made of: when, how long, how it ended, its
-- price.
UPDATE execution SET phone = '', transcript = NULL, summary = NULL,
  recording = NULL, extraction = NULL, error = NULL, smart_status = NULL,
  odd_status = NULL, hangup_by = NULL, hangup_reason = NULL,
  hangup_code = NULL, head_digest = NULL, confirm_at = NULL
WHERE attempt IN (SELECT id FROM attempt WHERE lead = :lead);
