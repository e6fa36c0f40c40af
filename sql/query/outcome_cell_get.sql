-- What stands in the Outcome cell of a lead's row, as far as we know.
SELECT shown, odd FROM outcome_cell WHERE lead = :lead;
