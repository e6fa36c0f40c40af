-- Every list of the account was read whole.
DELETE FROM breaker WHERE account = :account AND name = 'reconcile';
