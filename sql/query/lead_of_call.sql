-- Whom a call of this agent to this number was for: the row of the campaign that
-- its token names, else the one that is called.  Bolna may leave the "+" out.
SELECT l.id FROM lead l JOIN campaign c ON c.id = l.campaign
WHERE l.phone IN (:phone, '+' || ltrim(replace(replace(:phone, ' ', ''),
    '-', ''), '+')) AND c.account = :account AND c.active
  AND EXISTS (SELECT 1 FROM campaign_agent g
    WHERE g.agent_id = :agent AND g.campaign = c.id)
ORDER BY :token LIKE '%-' || c.id DESC, l.present DESC, l.held IS NOT NULL, l.id LIMIT 1;
