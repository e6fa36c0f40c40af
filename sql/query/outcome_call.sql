-- What is known of a call that decides its outcome.  Only what Bolna has
-- confirmed counts; relative times are seen from the call's end.
SELECT a.lead, a.account, e.final, coalesce(d.answered, 0),
  coalesce(e.voicemail, 0), e.transcript, e.extraction,
  coalesce(e.ended_at, a.ended_at, a.claimed_at),
  coalesce(nullif(l.timezone, ''), c.timezone)
FROM attempt a
JOIN execution e ON e.attempt = a.id
JOIN lead l ON l.id = a.lead
JOIN campaign c ON c.id = l.campaign
LEFT JOIN disposition d ON d.status = e.final
WHERE a.id = :attempt AND e.verified AND a.state = 'done';
