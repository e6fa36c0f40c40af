-- The sheet could be read: whatever was wrong with it is over.
UPDATE campaign SET imported_at = :now, stamp = :stamp, problem = NULL,
  problem_at = NULL
WHERE id = :campaign;
