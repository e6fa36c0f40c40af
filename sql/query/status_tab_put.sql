-- The tab says this now.
INSERT INTO status_tab (book, campaign, gid, shown, rows, written_at, due_at)
VALUES (:book, :campaign, :gid, :shown, :rows, :now, :due_at)
ON CONFLICT (book) DO UPDATE SET campaign = excluded.campaign,
  gid = excluded.gid, shown = excluded.shown, rows = excluded.rows,
  written_at = excluded.written_at, due_at = excluded.due_at, problem = NULL,
  problem_at = NULL;
