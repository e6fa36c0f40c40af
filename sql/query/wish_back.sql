-- Nobody was called: the lead is as it was.
UPDATE lead SET next_at = w.next_at, granted = w.granted, held = w.held,
  held_note = w.held_note
FROM wish w WHERE w.lead = :lead AND lead.id = w.lead;
