-- The rules have changed: everybody is judged anew.
-- scan: only then
UPDATE lead SET put_off = NULL WHERE put_off IS NOT NULL;
