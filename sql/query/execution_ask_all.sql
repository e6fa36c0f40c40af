-- Everything that is not over is asked about now.
UPDATE execution SET confirm_at = :now, confirms = 0
WHERE id IN (SELECT execution FROM attempt
    WHERE state IN ('intent', 'sending', 'accepted', 'unknown')
      AND state = 'accepted')
  AND NOT verified;
