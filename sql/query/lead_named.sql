-- The rows that a person can mean by a number, or by an attempt: in each
-- campaign the one that is called comes first.
SELECT l.id, c.name FROM lead l JOIN campaign c ON c.id = l.campaign
WHERE (l.phone = :phone OR l.id = (SELECT lead FROM attempt
    WHERE id = :attempt))
  AND (:campaign IS NULL OR c.name = :campaign)
ORDER BY c.name, l.present DESC, NOT EXISTS (SELECT 1 FROM attempt a
  WHERE a.lead = l.id AND a.state <> 'released'), l.id;
