-- What was written to the tab, and when the next request may be made.
SELECT gid, shown, rows, written_at, due_at, problem IS NOT NULL FROM status_tab
WHERE book = :book;
