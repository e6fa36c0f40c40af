-- A call to the number that none of our attempts has made.
DELETE FROM execution WHERE id = :execution AND attempt IS NULL;
