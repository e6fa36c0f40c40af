-- Of all campaigns, or of one account's.
-- scan: for people, who asked for the whole.
SELECT campaign, rows, waiting, held, live, calls, completed, cost, unwritten,
  problem FROM progress
WHERE :account IS NULL
  OR campaign IN (SELECT name FROM campaign WHERE account = :account AND active)
ORDER BY campaign;
