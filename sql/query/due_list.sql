-- Who would be called now; for people.
SELECT campaign_name, name, phone FROM due ORDER BY campaign, next_at, lead;
