-- What a row that is gone has said, without a number.
UPDATE lead SET name = :t0, key = :t1, variables = :t2, consent = :t3,
  control = :t4, status_cell = :t5, held_note = :t6
WHERE id = :lead;
