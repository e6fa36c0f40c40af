-- For the evidence pack, as all evidence_*: the first column is the person's
-- time zone.  The rows of a number.
SELECT l.timezone, l.id, acc.name, c.name, c.sheet, l.phone, l.name, l.key,
  l.variables, l.country, l.timezone, l.timezone_from, l.consent,
  l.consent_on, l.control, l.status_cell, l.present, l.held, l.held_note,
  l.granted, l.next_at, l.created_at
FROM lead l JOIN campaign c ON c.id = l.campaign
JOIN account acc ON acc.id = c.account
WHERE l.phone = :phone AND (:account IS NULL OR c.account = :account)
ORDER BY l.id;
