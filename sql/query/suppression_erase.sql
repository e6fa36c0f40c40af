-- The number stays closed, or is closed now: else its row, which is still in
-- the sheet, would be a new person's.  What was noted about it goes.
INSERT INTO suppression (account, phone, source, erased_at)
VALUES (:account, :phone, 'erase', :now)
ON CONFLICT (phone, coalesce(account, 0)) WHERE removed_at IS NULL
DO UPDATE SET note = NULL, erased_at = :now
RETURNING source = 'erase';
