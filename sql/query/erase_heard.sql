-- In somebody else's call the number was said: what a model has made of it may
-- hold it too.
DELETE FROM analysis
WHERE attempt = (SELECT id FROM attempt WHERE execution = :execution);
