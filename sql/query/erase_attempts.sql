-- The ledger refers to them.
UPDATE attempt SET phone = 'erased ' || lead, note = NULL WHERE lead = :lead;
