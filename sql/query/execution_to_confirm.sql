-- Executions to ask Bolna about: ours first, then at most :strays others.
SELECT id, account, attempt FROM (
  SELECT id, account, attempt,
    row_number() OVER (PARTITION BY attempt IS NULL ORDER BY confirm_at) AS nth
  FROM execution WHERE confirm_at <= :now
    AND account NOT IN (SELECT account FROM breaker
      WHERE name = 'key' AND until > :now))
WHERE attempt IS NOT NULL OR nth <= :strays
ORDER BY attempt IS NULL LIMIT :limit;
