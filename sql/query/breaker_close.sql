DELETE FROM breaker WHERE account = :account
  AND name IN ('failures', 'opt-outs');
