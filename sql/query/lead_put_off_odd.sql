-- Put off by a clock that was wrong: no rule puts off for longer.
UPDATE lead SET put_off = NULL
WHERE campaign = :campaign AND due_at > :now + 45 * 86400
  AND next_at IS NOT NULL AND held IS NULL AND present
  AND put_off > :now + 45 * 86400;
