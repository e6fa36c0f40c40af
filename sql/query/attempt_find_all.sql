-- All calls that may have been placed are looked for now.
UPDATE attempt SET look_at = :now WHERE state = 'unknown';
