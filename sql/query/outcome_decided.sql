DELETE FROM outcome_due WHERE attempt = :attempt;
