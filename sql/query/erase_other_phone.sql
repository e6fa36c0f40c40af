-- Likewise the number that somebody else has given.
UPDATE contact SET other_phone = NULL WHERE id IN (
  SELECT c.id FROM attempt a JOIN contact c
    ON c.account = a.account AND c.phone = a.phone
  WHERE a.execution = :execution);
