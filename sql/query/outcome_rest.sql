-- Whom a person has spoken for is not called by itself any more.
UPDATE lead SET next_at = NULL
WHERE id = :lead AND EXISTS (SELECT 1 FROM outcome_now o
  JOIN outcome_word w ON w.word = o.outcome
  WHERE o.lead = lead.id AND o.source = 'person' AND w.ends);
