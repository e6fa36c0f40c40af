-- All rows of the account with the number that this attempt has called.  As
-- lead_closed.
UPDATE lead SET held = 'dnc', next_at = iif(held = 'foreign', NULL, next_at),
  held_note = 'Asked in a call not to be called again'
WHERE phone = (SELECT phone FROM attempt WHERE id = :attempt)
  AND campaign IN (SELECT c.id FROM campaign c JOIN attempt a
    ON a.account = c.account WHERE a.id = :attempt);
