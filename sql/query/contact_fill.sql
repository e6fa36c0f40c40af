-- What is empty is filled; what stands there stays, whoever wrote it.  A number
-- that another contact has already is that one's.
UPDATE contact SET
  name_from = CASE WHEN name IS NULL THEN iif(:name IS NULL, NULL, :attempt)
    ELSE name_from END,
  name = coalesce(name, :name),
  email_from = CASE WHEN email IS NULL THEN iif(:email IS NULL, NULL, :attempt)
    ELSE email_from END,
  email = coalesce(email, :email),
  phone_from = CASE WHEN phone IS NULL THEN iif(EXISTS (SELECT 1 FROM contact o
    WHERE o.account = :account AND o.phone = :phone), NULL, :attempt)
    ELSE phone_from END,
  phone = coalesce(phone, iif(EXISTS (SELECT 1 FROM contact o
    WHERE o.account = :account AND o.phone = :phone), NULL, :phone)),
  other_phone = coalesce(other_phone, :other),
  changed_at = unixepoch()
WHERE id = :contact AND (name IS NULL OR email IS NULL OR phone IS NULL
  OR other_phone IS NULL);
