-- Why a claimed attempt must not be sent any more, or NULL: since it was
-- claimed, the hours may have ended, the campaign may have been paused, the
-- number may have been closed, and a person may have spoken for the lead.
SELECT CASE
  WHEN :now < z.opens_at OR :now >= z.closes_at
    THEN 'outside the calling hours by now'
  WHEN (SELECT paused FROM campaign c WHERE c.id = a.campaign)
    THEN 'the campaign was paused'
  WHEN EXISTS (SELECT 1 FROM suppression s
      WHERE s.phone = a.phone AND s.removed_at IS NULL
        AND (s.account = a.account OR s.account IS NULL))
    THEN 'the number must not be called any more'
  WHEN EXISTS (SELECT 1 FROM outcome o JOIN outcome_word w
        ON w.word = o.outcome
      WHERE o.lead = a.lead AND o.source = 'person' AND w.ends
        AND o.decided_at > a.claimed_at)
    THEN 'a person has spoken for it'
  END
FROM attempt a
JOIN lead l ON l.id = a.lead
JOIN hours z ON z.campaign = l.campaign AND z.country = l.country
  AND z.timezone = l.timezone
WHERE a.id = :attempt;
