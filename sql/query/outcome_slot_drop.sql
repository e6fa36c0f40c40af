-- A time that was set for an outcome which is none any more.
UPDATE lead SET next_at = NULL WHERE id = :lead AND next_at = :slot_at;
