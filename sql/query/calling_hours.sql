-- When people of a country may be called: for the purpose, if it has rows of
-- its own.
SELECT weekdays, window FROM calling_hours h
WHERE country = :country AND purpose = (SELECT max(purpose)
  FROM calling_hours o WHERE o.country = h.country
    AND o.purpose IN ('', :purpose));
