-- Which account had this tab so far, or a campaign of this name with this agent?
-- The name alone may be another customer's, and so may a file's.
SELECT o.id, o.name FROM campaign c JOIN account o ON o.id = c.account
WHERE (c.sheet = :sheet AND (c.sheet NOT LIKE 'file:%' OR c.agent_id = :agent))
  OR (c.name = :campaign AND c.agent_id = :agent)
ORDER BY c.name = :campaign DESC LIMIT 1;
