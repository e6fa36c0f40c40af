-- Bolna's own record of the call with which this attempt's POST was answered
-- has another number, and the token of another one: the answer was not ours.
WITH said AS (SELECT ltrim(replace(replace(:phone, ' ', ''), '-', ''), '+0')
  AS digits)
UPDATE attempt SET execution = NULL, state = 'unknown', look_at = :now,
  note = 'Bolna answered with the id of another call, looking for this one'
WHERE id = :attempt AND state IN ('sending', 'accepted', 'unknown')
  AND EXISTS (SELECT 1 FROM said JOIN attempt b ON b.token = :token
    WHERE b.id <> attempt.id AND length(digits) > 6
      AND substr(b.phone, -length(digits)) = digits
      AND substr(attempt.phone, -length(digits)) <> digits)
RETURNING id;
