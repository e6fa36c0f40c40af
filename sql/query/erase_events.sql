-- What Bolna has said in these calls.
DELETE FROM event WHERE execution IN (SELECT execution FROM attempt
  WHERE lead = :lead AND execution IS NOT NULL);
