-- What each campaign may still cost.
-- scan: of who waits, when a person asks
SELECT campaign, people, lowest, highest, spent, allowed FROM forecast
ORDER BY campaign;
