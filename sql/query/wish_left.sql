-- Whoever asked has died meanwhile, or they would have given up: as wish_back.
UPDATE lead SET next_at = iif(lead.next_at = w.asked_at, w.next_at, lead.next_at),
  granted = w.granted, held = coalesce(lead.held, w.held),
  held_note = iif(lead.held IS NULL, w.held_note, lead.held_note)
FROM wish w WHERE lead.id = w.lead AND abs(:now - w.asked_at) > 180;
