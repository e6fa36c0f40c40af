-- There is news of this call; but what rests on words that were pruned stays.
INSERT INTO outcome_due (attempt) SELECT :attempt
WHERE NOT EXISTS (SELECT 1 FROM execution WHERE attempt = :attempt
  AND pruned_at IS NOT NULL AND transcript IS NULL)
ON CONFLICT DO NOTHING;
