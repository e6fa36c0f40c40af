-- Is anything due for services of this kind?
SELECT EXISTS (SELECT 1 FROM post WHERE kind = :kind AND due_at <= :now
  AND sent_at IS NULL);
