-- The list of an agent's calls was read whole.
UPDATE campaign SET listed_to = :to
WHERE account = :account AND agent_id = :agent AND active;
