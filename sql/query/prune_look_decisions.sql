-- Those that another has followed: the last one is in force.
SELECT d.id FROM decision d
WHERE d.id > :after AND d.at < :before
  AND CASE WHEN d.lead IS NULL
    THEN EXISTS (SELECT 1 FROM decision n
      WHERE n.campaign = d.campaign AND n.lead IS NULL AND n.id > d.id)
    ELSE EXISTS (SELECT 1 FROM decision n
      WHERE n.lead = d.lead AND n.id > d.id) END
ORDER BY d.id LIMIT :limit;
