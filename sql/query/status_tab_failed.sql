-- The tab could not be written, or perhaps was: then rows may stand there.  With
-- a problem, a person must do something.
INSERT INTO status_tab (book, campaign, gid, rows, due_at, problem, problem_at)
VALUES (:book, :campaign, :gid, :rows, :due_at, :problem,
  iif(:problem IS NULL, NULL, :now))
ON CONFLICT (book) DO UPDATE SET campaign = excluded.campaign, shown = '',
  rows = iif(gid = excluded.gid, max(rows, excluded.rows), excluded.rows),
  gid = excluded.gid, due_at = excluded.due_at,
  problem = coalesce(excluded.problem, problem),
  problem_at = coalesce(problem_at, excluded.problem_at);
