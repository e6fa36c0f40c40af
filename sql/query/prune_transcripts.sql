-- The words of a call go; that there was one, and its price, stay.
UPDATE execution SET transcript = NULL, summary = NULL, extraction = NULL,
  recording = NULL, pruned_at = unixepoch()
WHERE rowid = :id AND last_at < :before;
