DELETE FROM decision WHERE lead = :lead;
