-- Judged: asked again then.
UPDATE lead SET put_off = :put_off, put_off_by = :rule WHERE id = :lead;
