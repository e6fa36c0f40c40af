-- Does this mark, as Latest Execution ID shows it, name a call that nobody here
-- knows?  -1 while Bolna's lists are still to be read: they may know it.  What
-- only webhooks have told of may be another installation's call by our agent.
SELECT CASE
  WHEN EXISTS (SELECT 1 FROM attempt WHERE execution = :mark OR token = :mark)
    THEN 0
  WHEN EXISTS (SELECT 1 FROM breaker WHERE account = :account
    AND name = 'reconcile') THEN -1
  ELSE 1 END;
