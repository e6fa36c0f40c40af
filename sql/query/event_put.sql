-- Add to the journal; a body that came the same way before changes nothing,
-- nor does one about somebody who was erased.
INSERT INTO event (execution, digest, source, received_at, body)
SELECT :execution, :digest, :source, :at, :body
WHERE NOT EXISTS (SELECT 1 FROM erased WHERE mark IN (:execution, :token))
ON CONFLICT DO NOTHING;
