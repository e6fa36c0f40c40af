-- Every list of the account was read whole.  One that has no campaign any more,
-- or has none yet, waits for none.
DELETE FROM breaker WHERE name = 'reconcile' AND (account = :account
  OR NOT EXISTS (SELECT 1 FROM campaign c
    WHERE c.account = breaker.account AND c.active));
