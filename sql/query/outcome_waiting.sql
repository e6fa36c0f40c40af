-- Calls whose outcome is to be decided, in the order in which they were made:
-- the next after one.
SELECT attempt FROM outcome_due WHERE attempt > :after
ORDER BY attempt LIMIT :limit;
