-- Bolna has taken a call: what was about reaching it is over.
DELETE FROM breaker WHERE account = :account AND until <= :now
  AND name NOT IN ('failures', 'opt-outs');
