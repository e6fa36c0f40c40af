-- The row is gone; for a lead that was never called nothing is left to say.
DELETE FROM delivery WHERE kind = 'sheet' AND lead = :lead
  AND NOT EXISTS (SELECT 1 FROM attempt
    WHERE lead = :lead AND state <> 'released');
