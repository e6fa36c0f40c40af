-- Add to the journal; a body that came the same way before changes nothing.
INSERT INTO event (execution, digest, source, received_at, body)
VALUES (:execution, :digest, :source, :at, :body)
ON CONFLICT DO NOTHING;
