-- The person wants to be called at this time.  Every rule of calling still
-- counts; who has been called since, or wants no calls, is not put in line,
-- and neither is whom a person has spoken for.
UPDATE lead SET next_at = :slot_at
WHERE id = :lead
  AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.lead = lead.id
    AND a.id > :attempt AND a.state <> 'released')
  AND NOT EXISTS (SELECT 1 FROM outcome o JOIN outcome_word w
    ON w.word = o.outcome WHERE o.lead = lead.id
      AND (o.outcome = 'opt_out' OR (o.source = 'person' AND :rule)))
  AND NOT EXISTS (SELECT 1 FROM suppression s JOIN campaign c
    ON c.account = s.account OR s.account IS NULL
    WHERE s.phone = lead.phone AND s.removed_at IS NULL
      AND c.id = lead.campaign);
