SELECT key, value, outcome, step, weight FROM outcome_field
ORDER BY key, value;
