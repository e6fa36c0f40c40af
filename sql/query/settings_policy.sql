-- The rows of policy, as text: what callsheet.conf does not say.
-- scan: of the tables of policy, which are small
SELECT group_concat(line, char(10)) FROM (
  SELECT 'retry_rule ' || json_array(status, reason, attempt, after_secs,
    max_tries, free) AS line FROM retry_rule
  UNION ALL
  SELECT 'calling_hours ' || json_array(country, purpose, weekdays, window)
  FROM calling_hours
  UNION ALL
  SELECT 'registry ' || json_array(country, name, days) FROM registry
  UNION ALL
  SELECT 'consent_refused ' || json_array(word) FROM consent_refused
  UNION ALL
  SELECT 'opt_out ' || json_array(key) FROM opt_out
  UNION ALL
  SELECT 'rule ' || json_array(rank, name, verdict) FROM rule);
