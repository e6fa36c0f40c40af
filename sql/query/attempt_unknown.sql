-- It may have been placed.  Only evidence settles that, never a second try.
UPDATE attempt SET state = 'unknown', http_status = :http, note = :note,
  look_at = :look_at
WHERE id = :attempt AND state = 'sending' AND execution IS NULL;
