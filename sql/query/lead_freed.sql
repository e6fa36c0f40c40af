-- Its call was lost without a trace: due again then, if an attempt is left.
UPDATE lead SET next_at = :next_at,
  held_note = CASE WHEN held <> 'review' THEN held_note END,
  held = CASE
    WHEN held <> 'review' THEN held
    WHEN (SELECT count(*) FROM attempt a
          WHERE a.lead = lead.id AND a.state <> 'released')
      >= granted + (SELECT max_attempts FROM campaign c
                    WHERE c.id = lead.campaign) THEN 'max_attempts' END
WHERE id = :lead;
