-- Its attempt never happened: due again then, unless a person has spoken for it
-- meanwhile.  NULL: not by itself.
UPDATE lead SET next_at = CASE WHEN NOT EXISTS (SELECT 1 FROM outcome_now o
    JOIN outcome_word w ON w.word = o.outcome
    WHERE o.lead = lead.id AND o.source = 'person' AND w.ends
      AND o.decided > (SELECT datetime(max(a.claimed_at), 'unixepoch',
        'localtime') FROM attempt a WHERE a.lead = lead.id)) THEN :next_at END
WHERE id = :lead;
