-- Whose data a user of the web server may see: an account's, all (0) for the
-- user "admin" unless an account has that name; no row: nobody's.
SELECT coalesce((SELECT id FROM account WHERE name = :user AND active),
  CASE WHEN :user = 'admin'
    AND NOT EXISTS (SELECT 1 FROM account WHERE name = :user) THEN 0 END);
