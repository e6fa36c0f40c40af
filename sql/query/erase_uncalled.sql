-- Nothing refers to a row that was never called.
-- scan: the outbox, which is short, for deliveries that refer to it
DELETE FROM lead WHERE id = :lead
  AND NOT EXISTS (SELECT 1 FROM attempt WHERE lead = :lead);
