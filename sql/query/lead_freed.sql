-- Its call was lost without a trace: due again then, if an attempt is left, and
-- no person has spoken for it meanwhile.
UPDATE lead SET next_at = CASE WHEN NOT EXISTS (SELECT 1 FROM outcome_now o
    JOIN outcome_word w ON w.word = o.outcome
    WHERE o.lead = lead.id AND o.source = 'person' AND w.ends
      AND o.decided > (SELECT datetime(max(a.claimed_at), 'unixepoch',
        'localtime') FROM attempt a WHERE a.lead = lead.id)) THEN :next_at END,
  held_note = CASE WHEN held <> 'review' THEN held_note END,
  held = CASE
    WHEN held <> 'review' THEN held
    WHEN (SELECT count(*) FROM attempt a
          WHERE a.lead = lead.id AND a.state <> 'released')
      >= granted + (SELECT max_attempts FROM campaign c
                    WHERE c.id = lead.campaign) THEN 'max_attempts' END
WHERE id = :lead;
