-- All that was said about one execution.
SELECT source, digest, received_at, body FROM event
WHERE execution = :execution;
