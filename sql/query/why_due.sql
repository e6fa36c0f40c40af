-- Who would be called now; for people.
-- scan: of all leads, while nobody is called
SELECT campaign_name, phone FROM due LIMIT 1000;
