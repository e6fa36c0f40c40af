-- What the pass has done.
UPDATE run SET ended_at = :now, imported = :imported, placed = :placed,
  confirmed = :confirmed, synced = :synced, problems = :problems,
  status = :status
WHERE id = :run;
