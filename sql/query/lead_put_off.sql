-- Judged: asked again then.
UPDATE lead SET put_off = :put_off WHERE id = :lead;
