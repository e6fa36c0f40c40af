-- An alarm, for whoever it concerns.
INSERT INTO post (kind, account, text, due_at)
SELECT 'slack', account, :text, :now FROM concern
WHERE what = :what AND which = :which AND about = :about
  AND account = :account;
