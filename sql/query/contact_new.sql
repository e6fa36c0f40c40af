-- Somebody whom an account did not know before.
INSERT INTO contact (account, phone, email, name, other_phone, phone_from,
  email_from, name_from)
VALUES (:account, :phone, :email, :name, :other, :attempt,
  CASE WHEN :email IS NOT NULL THEN :attempt END,
  CASE WHEN :name IS NOT NULL THEN :attempt END);
