-- Whom an account knows by this address, else by this number.
SELECT coalesce(
  (SELECT id FROM contact WHERE account = :account AND email = :email),
  (SELECT id FROM contact WHERE account = :account AND phone = :phone));
