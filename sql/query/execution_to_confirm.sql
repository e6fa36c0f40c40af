-- Executions to ask Bolna about: ours first, then at most :strays others.  An
-- account that is gone has no key to ask with, and keeps nobody waiting.
SELECT id, account FROM (
  SELECT id, account FROM execution
  WHERE attempt IS NOT NULL AND confirm_at <= :now
    AND account IN (SELECT id FROM account WHERE active)
    AND account NOT IN (SELECT account FROM breaker
      WHERE name = 'key' AND until > :now)
  ORDER BY confirm_at LIMIT :limit)
UNION ALL
SELECT id, account FROM (
  SELECT id, account FROM execution
  WHERE attempt IS NULL AND confirm_at <= :now
    AND account IN (SELECT id FROM account WHERE active)
    AND account NOT IN (SELECT account FROM breaker
      WHERE name = 'key' AND until > :now)
  ORDER BY confirm_at LIMIT :strays)
LIMIT :limit;
