-- What is known of calls, to be searched for a number.
-- scan: a person asked for it
SELECT id, phone, transcript, summary, extraction, error, smart_status,
  odd_status, hangup_reason
FROM execution
WHERE :account IS NULL OR account IS NULL OR account = :account;
