-- The rows of a number that must not be called any more, in all campaigns of
-- the account, or of all accounts; each says so.
UPDATE lead SET held = 'dnc', held_note = :note
WHERE phone = :phone AND campaign IN (SELECT id FROM campaign
    WHERE :account IS NULL OR account = :account)
  AND coalesce(held, '') <> 'dnc'
RETURNING id;
