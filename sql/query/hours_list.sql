-- What hours are worked out for in a campaign.
SELECT country, timezone FROM hours WHERE campaign = :campaign;
