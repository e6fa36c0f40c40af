-- scan: for people, who asked for the whole.
SELECT campaign, rows, waiting, held, live, calls, completed, cost, unwritten,
  problem FROM progress ORDER BY campaign;
