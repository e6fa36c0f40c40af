-- What a model has made of a person's calls.
DELETE FROM analysis
WHERE attempt IN (SELECT id FROM attempt WHERE lead = :lead);
