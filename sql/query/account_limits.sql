-- The limits of an account as callsheet.conf has them.
UPDATE account SET max_live = :max_live, rate = :rate, wallet_floor = :floor,
  credit_price = :price, credit_pulse = :pulse, credit_levels = :levels
WHERE id = :account AND (max_live, rate, wallet_floor, credit_price,
    credit_pulse, credit_levels)
  IS NOT (:max_live, :rate, :floor, :price, :pulse, :levels);
