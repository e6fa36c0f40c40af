-- How many executions that are not ours were asked about lately.
SELECT count(*) FROM execution WHERE attempt IS NULL AND asked_at > :since;
