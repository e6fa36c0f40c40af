UPDATE lead SET next_at = NULL WHERE id = :lead;
