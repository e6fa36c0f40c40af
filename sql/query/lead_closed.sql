-- The rows of a number that must not be called any more, in all campaigns of
-- the account, or of all accounts; each says so.  Who waited because another
-- installation may have called goes on waiting when the number is opened again.
UPDATE lead SET held = 'dnc', held_note = :note,
  next_at = iif(held = 'foreign', NULL, next_at)
WHERE phone = :phone AND campaign IN (SELECT id FROM campaign
    WHERE :account IS NULL OR account = :account)
  AND coalesce(held, '') <> 'dnc'
RETURNING id;
