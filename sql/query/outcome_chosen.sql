-- What people have said and nothing has followed from yet.
SELECT o.id, coalesce(o.attempt, 0), o.lead, o.outcome, o.slot, o.decided_at,
  coalesce(nullif(l.timezone, ''), c.timezone), l.phone, w.ends, o.account
FROM outcome o
JOIN lead l ON l.id = o.lead
JOIN campaign c ON c.id = l.campaign
JOIN outcome_word w ON w.word = o.outcome
WHERE o.applied_at IS NULL ORDER BY o.id LIMIT 100;
