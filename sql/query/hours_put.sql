-- Leads of this country and time zone were seen in the campaign.
INSERT INTO hours (campaign, country, timezone, opens_at, closes_at, again_at,
  problem)
VALUES (:campaign, :country, :timezone, :opens_at, :closes_at, :again_at,
  :problem)
ON CONFLICT (campaign, country, timezone) DO UPDATE
  SET opens_at = excluded.opens_at, closes_at = excluded.closes_at,
    again_at = excluded.again_at, problem = excluded.problem
  WHERE (opens_at, closes_at, again_at, problem)
    IS NOT (excluded.opens_at, excluded.closes_at, excluded.again_at,
      excluded.problem);
