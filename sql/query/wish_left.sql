-- Whoever asked has died meanwhile, or they would have given up: the leads are as
-- they were.
UPDATE lead SET (next_at, granted, held, held_note) =
  (SELECT next_at, granted, held, held_note FROM wish w WHERE w.lead = lead.id)
WHERE id IN (SELECT lead FROM wish WHERE abs(:now - asked_at) > 180);
