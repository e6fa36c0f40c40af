-- There is news of this call: its outcome is to be decided (anew).
INSERT INTO outcome_due (attempt) VALUES (:attempt) ON CONFLICT DO NOTHING;
