-- What Bolna says of an account.
UPDATE account SET wallet = :wallet, concurrency = :concurrency,
  asked_at = :now
WHERE id = :account;
