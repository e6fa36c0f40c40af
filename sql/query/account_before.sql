-- Which account had this campaign, or this tab, so far?
SELECT o.id, o.name FROM campaign c JOIN account o ON o.id = c.account
WHERE c.name = :campaign OR c.sheet = :sheet
ORDER BY c.name = :campaign DESC LIMIT 1;
