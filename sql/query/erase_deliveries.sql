DELETE FROM delivery WHERE kind = 'sheet' AND lead = :lead;
