-- All rows of the account, and of that to which the campaign has gone over
-- meanwhile, with the number that this attempt has called.  As lead_closed.
UPDATE lead SET held = 'dnc', next_at = iif(held = 'foreign', NULL, next_at),
  held_note = 'Asked in a call not to be called again'
WHERE phone = (SELECT phone FROM attempt WHERE id = :attempt)
  AND campaign IN (SELECT c.id FROM attempt a JOIN campaign own
      ON own.id = a.campaign
    JOIN campaign c ON c.account IN (a.account, own.account)
    WHERE a.id = :attempt);
