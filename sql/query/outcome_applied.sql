UPDATE outcome SET applied_at = :now, slot_at = :slot_at,
  note = coalesce(note, :note) WHERE id = :id;
