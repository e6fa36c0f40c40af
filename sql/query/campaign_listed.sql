-- The list of an agent's calls was read whole.
UPDATE campaign_agent SET listed_to = :to
WHERE agent_id = :agent AND account = :account
  AND campaign IN (SELECT id FROM campaign WHERE account = :owner AND active);
