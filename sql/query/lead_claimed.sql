-- Who is claimed is not due any more.
UPDATE lead SET next_at = NULL
WHERE id IN (SELECT lead FROM attempt
  WHERE state IN ('intent', 'sending', 'accepted', 'unknown')
    AND state = 'intent' AND campaign = :campaign);
