-- The words of one call, and whether it is one of ours.
SELECT transcript, summary, extraction, error, smart_status, odd_status,
  hangup_reason, attempt
FROM execution WHERE id = :execution;
