-- Not written; try again later, and later still, up to an hour.
UPDATE delivery SET tries = tries + 1, error = :error,
  due_at = :now + min(3600, 15 * (1 << min(tries, 8)))
WHERE kind = 'sheet' AND lead = :lead;
