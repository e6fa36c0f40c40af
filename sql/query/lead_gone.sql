UPDATE lead SET present = 0 WHERE id = :lead;
