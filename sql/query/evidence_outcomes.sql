-- What the calls to a number led to: each choice, of rules and of people.
SELECT l.timezone, o.id, acc.name, c.name, o.lead, o.attempt, o.source,
  o.outcome, o.rule, o.confidence, o.span, o.slot, o.slot_at, o.note,
  o.decided_at, o.applied_at
FROM lead l JOIN outcome o ON o.lead = l.id
JOIN campaign c ON c.id = l.campaign
JOIN account acc ON acc.id = o.account
WHERE l.phone = :phone AND (:account IS NULL OR o.account = :account)
ORDER BY o.id;
