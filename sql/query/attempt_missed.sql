-- A complete listing did not have it.  After three of them over half an hour
-- a person must look.
UPDATE attempt SET looks = looks + 1,
  first_look = coalesce(first_look, :now),
  look_at = :now + min(900, 20 * (1 << min(looks, 6)))
WHERE id = :attempt AND state = 'unknown'
RETURNING CASE WHEN looks >= 3 AND first_look <= :now - 1800 THEN lead END;
