-- The same without a number.
UPDATE execution SET transcript = :t0, summary = :t1, extraction = :t2,
  error = :t3, smart_status = :t4, odd_status = :t5, hangup_reason = :t6
WHERE id = :execution;
