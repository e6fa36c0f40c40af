-- Does, or did, this agent call for the campaign?
SELECT 1 FROM campaign_agent WHERE agent_id = :agent AND campaign = :campaign;
