-- The call is over and Bolna has confirmed it; or Bolna has corrected how it
-- ended, and the lead has not been called since.
UPDATE attempt SET state = 'done', ended_at = :now, look_at = NULL
WHERE id = :attempt AND (state IN ('sending', 'accepted', 'unknown')
  OR (:corrected AND state = 'done' AND NOT EXISTS (SELECT 1 FROM attempt b
    WHERE b.lead = attempt.lead AND b.id > attempt.id
      AND b.state <> 'released')))
RETURNING lead;
