-- Is the zone known to this host?  No row: nobody has looked.
SELECT coalesce(problem, '') <> 'timezone' FROM hours
WHERE campaign = :campaign AND country = :country AND timezone = :timezone;
