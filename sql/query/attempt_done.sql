-- The call is over and Bolna has confirmed it; or Bolna has corrected how it
-- ended, and the lead has not been called since.  The lead comes back when this
-- is its last call: what an earlier one led to, heard of late, is not how the
-- last one ended.
UPDATE attempt SET state = 'done', ended_at = :now, look_at = NULL
WHERE id = :attempt AND (state IN ('sending', 'accepted', 'unknown')
  OR (:corrected AND state = 'done' AND NOT EXISTS (SELECT 1 FROM attempt b
    WHERE b.lead = attempt.lead AND b.id > attempt.id
      AND b.state <> 'released')))
RETURNING CASE WHEN NOT EXISTS (SELECT 1 FROM attempt b
  WHERE b.lead = attempt.lead AND b.id > attempt.id
    AND b.state <> 'released') THEN lead END;
