-- Our clock was ahead when this was put off: ask now, not when it gets there.
UPDATE execution SET confirm_at = :now, asked_at = min(asked_at, :now),
  last_at = min(last_at, :now)
WHERE attempt IS NOT NULL AND confirm_at > :now
  AND (asked_at > :now + 300 OR last_at > :now + 300);
