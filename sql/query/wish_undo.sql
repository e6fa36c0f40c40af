-- The attempt that was asked for was not placed: the lead is as it was before,
-- but for what has been said and heard of it since, and if its turn had come
-- then, it comes after the others.
UPDATE lead SET granted = :granted, held = coalesce(held, :held),
  held_note = iif(held IS NULL, :held_note, held_note),
  next_at = CASE WHEN next_at IS NULL OR :next_at < next_at THEN next_at
    ELSE :next_at END
WHERE id = :lead AND NOT EXISTS (SELECT 1 FROM attempt a
  WHERE a.lead = lead.id AND a.id > :attempt);
