-- What was before does not stop dialling any more.
UPDATE account SET forgiven_at = :now WHERE id = :account;
