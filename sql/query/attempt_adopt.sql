-- Our token came back: this execution is that attempt's, whatever became of
-- the answer to its POST.  When the person has a live attempt by now, this one
-- is known to have been placed, and stays over.  The number must be right too,
-- however it is spelt: with blanks, without "+", or as it is dialled at home.
WITH said AS (SELECT ltrim(replace(replace(:phone, ' ', ''), '-', ''), '+0')
  AS digits)
UPDATE attempt SET execution = :execution, look_at = NULL,
  state = CASE WHEN EXISTS (SELECT 1 FROM attempt o
      WHERE o.account = attempt.account AND o.phone = attempt.phone
        AND o.id <> attempt.id
        AND o.state IN ('intent', 'sending', 'accepted', 'unknown'))
    THEN 'done' ELSE 'accepted' END
WHERE token = :token AND execution IS NULL
  AND state IN ('sending', 'unknown', 'rejected', 'released', 'done')
  AND (:phone = '' OR (SELECT length(digits) > 6
    AND substr(phone, -length(digits)) = digits FROM said))
RETURNING id;
