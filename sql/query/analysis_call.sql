-- A call with a confirmed transcript, as a prompt wants it.
SELECT a.phone, c.name, l.name,
  datetime(coalesce(e.answered_at, a.sent_at), 'unixepoch', 'localtime'),
  CAST(round(coalesce(e.talk_secs, e.line_secs, 0)) AS INTEGER), e.final,
  e.transcript, e.summary
FROM attempt a
JOIN execution e ON e.attempt = a.id
JOIN lead l ON l.id = a.lead
JOIN campaign c ON c.id = a.campaign
WHERE a.id = :attempt AND a.account = :account AND e.verified
  AND trim(e.transcript) <> '';
