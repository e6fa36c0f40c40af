-- 0 goes on, 1 no further calls, 2 and queued ones are taken back.
UPDATE campaign SET paused = :paused
WHERE active AND (:name IS NULL OR name = :name)
  AND (coalesce(:account, 0) = 0 OR account = :account) RETURNING name;
