-- Was this very body, about no execution, stored from a webhook?
SELECT count(*) FROM event
WHERE execution = '' AND source = 'webhook' AND digest = :digest;
