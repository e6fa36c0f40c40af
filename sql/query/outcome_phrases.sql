SELECT language, pattern, outcome, weight FROM outcome_phrase ORDER BY id;
