-- Does this mark, as Latest Execution ID shows it, name a call that nobody here
-- knows?  Not while Bolna's lists are still to be read: they may know it.
SELECT NOT EXISTS (SELECT 1 FROM attempt WHERE execution = :mark
    OR token = :mark)
  AND NOT EXISTS (SELECT 1 FROM execution WHERE id = :mark)
  AND NOT EXISTS (SELECT 1 FROM breaker WHERE account = :account
    AND name = 'reconcile');
