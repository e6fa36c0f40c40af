-- The limits of an account as callsheet.conf has them.
UPDATE account SET max_live = :max_live, rate = :rate, wallet_floor = :floor
WHERE id = :account AND (max_live, rate, wallet_floor)
  IS NOT (:max_live, :rate, :floor);
