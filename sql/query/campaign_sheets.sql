-- The tabs that campaigns have or had.
-- scan: of campaigns there are few
SELECT DISTINCT sheet FROM campaign;
