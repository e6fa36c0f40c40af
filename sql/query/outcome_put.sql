-- What the rules make of a call.
INSERT INTO outcome (attempt, lead, account, source, outcome, rule,
  confidence, span, slot, slot_at, note, decided_at, applied_at)
VALUES (:attempt, :lead, :account, 'rule', :outcome, :rule, :confidence,
  :span, :slot, :slot_at, :note, :now, :now)
ON CONFLICT (attempt) WHERE source = 'rule' DO UPDATE SET
  outcome = excluded.outcome, rule = excluded.rule,
  confidence = excluded.confidence, span = excluded.span,
  slot = excluded.slot, slot_at = excluded.slot_at, note = excluded.note,
  decided_at = excluded.decided_at;
