-- The sheet cannot be used; nobody on it is called until it can.
UPDATE campaign SET problem_at = coalesce(problem_at, :now),
  problem = :problem, stamp = ''
WHERE id = :campaign;
