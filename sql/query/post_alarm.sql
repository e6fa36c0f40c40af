-- An alarm, for whoever it concerns; that Slack fails is not told to Slack.
INSERT INTO post (kind, account, text, due_at)
SELECT 'slack', account, :text, :now FROM concern
WHERE what = :what AND which = :which AND account = :account
  AND NOT (:what IN ('service', 'post') AND :which LIKE 'slack %');
