-- The person has said in this call, as Bolna confirms, not to be called again:
-- a name that is listed holds a yes, by itself or somewhere inside.  Heard
-- once: a person may take the number off the list again.  It counts as well for
-- the account to which the campaign has gone over meanwhile.
INSERT INTO suppression (account, phone, source, note)
SELECT own.id, a.phone, 'call', 'execution ' || e.id
FROM attempt a JOIN execution e ON e.attempt = a.id
JOIN campaign c ON c.id = a.campaign
JOIN account own ON own.id IN (a.account, c.account)
WHERE a.id = :attempt AND e.verified AND json_valid(e.extraction)
  AND NOT EXISTS (SELECT 1 FROM suppression s
    WHERE s.phone = a.phone AND s.note = 'execution ' || e.id)
  AND EXISTS (SELECT 1 FROM json_tree(e.extraction) t
    JOIN opt_out o ON o.key = lower(replace(t.key, ' ', '_'))
    WHERE t.type = 'true'
      OR (t.type = 'text' AND lower(trim(t.atom)) IN ('true', 'yes'))
      OR (t.type = 'object' AND EXISTS (SELECT 1 FROM json_tree(t.value) v
        WHERE v.type = 'true' OR (v.type = 'text'
          AND lower(trim(v.atom)) IN ('true', 'yes')))))
ON CONFLICT DO NOTHING RETURNING id;
