-- A list was compared with a country's register, on that day or today.
INSERT INTO scrub (account, country, reference, scrubbed_on, numbers)
SELECT :account, r.country, :reference, day, :numbers
FROM registry r, (SELECT coalesce(:date, date('now', 'localtime')) AS day)
WHERE r.country = :country AND date(day) = day
  AND day <= date('now', 'localtime', '+1 day')
RETURNING id;
