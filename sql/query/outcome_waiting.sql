-- Calls whose outcome is to be decided, in the order in which they were made.
SELECT attempt FROM outcome_due ORDER BY attempt LIMIT :limit;
