-- The person has said in this call, in plain words, not to be called again.
-- Heard once: a person may take the number off the list again.
INSERT INTO suppression (account, phone, source, note)
SELECT a.account, a.phone, 'call', 'execution ' || e.id
FROM attempt a JOIN execution e ON e.attempt = a.id
WHERE a.id = :attempt AND e.verified
  AND NOT EXISTS (SELECT 1 FROM suppression s
    WHERE s.phone = a.phone AND s.note = 'execution ' || e.id)
ON CONFLICT DO NOTHING RETURNING id;
