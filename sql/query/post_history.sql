-- All calls with a number are looked at anew, since one more was analysed.
INSERT INTO post (kind, account, attempt, due_at)
VALUES ('history', :account, :attempt, :now)
ON CONFLICT (attempt, kind) DO UPDATE
  SET due_at = excluded.due_at, done_at = NULL, tries = 0, error = NULL;
