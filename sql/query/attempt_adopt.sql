-- Our token came back: this execution is that attempt's, whatever became of
-- the answer to its POST.  When the person has a live attempt by now, the
-- unique index keeps this one closed and the execution stays quarantined.
UPDATE OR IGNORE attempt
SET execution = :execution, state = 'accepted', look_at = NULL
WHERE token = :token AND execution IS NULL
  AND state IN ('sending', 'unknown', 'rejected', 'released')
  AND (:phone = '' OR phone = :phone)
RETURNING id;
