-- What Bolna knows of a person's calls.
SELECT execution FROM attempt
WHERE lead = :lead AND execution IS NOT NULL ORDER BY id;
