-- What the rules made of a call before.
SELECT outcome, rule, confidence, span, slot, coalesce(slot_at, 0),
  coalesce(note, '')
FROM outcome WHERE attempt = :attempt AND source = 'rule';
