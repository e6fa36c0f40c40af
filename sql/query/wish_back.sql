-- Nobody was called: the lead is as it was, but for what has been said and heard
-- of it since.
UPDATE lead SET next_at = iif(lead.next_at = w.asked_at, w.next_at, lead.next_at),
  granted = w.granted, held = coalesce(lead.held, w.held),
  held_note = iif(lead.held IS NULL, w.held_note, lead.held_note)
FROM wish w WHERE w.lead = :lead AND lead.id = w.lead;
