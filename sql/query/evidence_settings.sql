-- The settings under which those decisions fell.
WITH mine AS (
  SELECT l.id, l.campaign, l.created_at
  FROM lead l JOIN campaign c ON c.id = l.campaign
  WHERE l.phone = :phone AND (:account IS NULL OR c.account = :account)
)
SELECT hash, text FROM settings
WHERE hash IN (SELECT d.settings FROM mine m JOIN decision d ON d.lead = m.id
  UNION SELECT d.settings FROM mine m JOIN decision d
    ON d.campaign = m.campaign AND d.lead IS NULL AND d.at >= m.created_at)
ORDER BY hash;
