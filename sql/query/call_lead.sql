-- The row of a number in a campaign, for "callsheet call": of several the one
-- that is called, or the one with that name.
SELECT l.id, l.campaign, l.name, l.timezone,
  (SELECT max(id) FROM attempt a WHERE a.lead = l.id)
FROM lead l JOIN campaign c ON c.id = l.campaign
WHERE c.name = :campaign AND l.phone = :phone AND l.present
  AND (:name IS NULL OR lower(l.name) = lower(:name))
ORDER BY l.held IS 'duplicate', l.id LIMIT 1;
