DELETE FROM wish WHERE lead = :lead;
