-- What Bolna has done since then is not known.
UPDATE campaign_agent SET listed_to = min(listed_to, :since);
