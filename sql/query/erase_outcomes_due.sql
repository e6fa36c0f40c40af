-- Nothing is decided about them any more.
DELETE FROM outcome_due WHERE attempt IN (SELECT id FROM attempt
  WHERE lead = :lead);
