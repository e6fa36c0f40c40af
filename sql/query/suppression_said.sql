-- The person has said in this call, in plain words, not to be called again.
-- Heard once: a person may take the number off the list again.  For which
-- accounts: as suppression_heard.
INSERT INTO suppression (account, phone, source, note)
SELECT own.id, a.phone, 'call', 'execution ' || e.id
FROM attempt a JOIN execution e ON e.attempt = a.id
JOIN campaign c ON c.id = a.campaign
JOIN account own ON own.id IN (a.account, c.account)
WHERE a.id = :attempt AND e.verified
  AND NOT EXISTS (SELECT 1 FROM suppression s
    WHERE s.phone = a.phone AND s.note = 'execution ' || e.id)
ON CONFLICT DO NOTHING RETURNING id;
