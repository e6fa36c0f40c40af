-- What each campaign has cost, what it still may cost, and why its sheet cannot
-- be used.
-- scan: of who waits, when a person asks
SELECT f.campaign, f.spent, f.allowed, c.problem
FROM forecast f JOIN campaign c ON c.id = f.id
ORDER BY f.campaign;
