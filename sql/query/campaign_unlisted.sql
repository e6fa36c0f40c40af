-- What Bolna has done since then is not known.
UPDATE campaign SET listed_to = min(listed_to, :since) WHERE active;
