UPDATE lead SET next_at = :next_at WHERE id = :lead;
