DELETE FROM outcome_cell WHERE lead = :lead;
