-- What a lead was before it was asked for.
SELECT next_at, granted, held, held_note FROM wish WHERE lead = :lead;
