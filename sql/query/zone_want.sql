-- Leads of this zone were seen in the campaign.
INSERT INTO zone (campaign, timezone, opens_at, closes_at)
VALUES (:campaign, :timezone, :opens_at, :closes_at)
ON CONFLICT (campaign, timezone) DO UPDATE
  SET opens_at = excluded.opens_at, closes_at = excluded.closes_at
  WHERE (opens_at, closes_at) IS NOT (excluded.opens_at, excluded.closes_at);
