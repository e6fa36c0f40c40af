-- What other contacts have from a person's calls.
UPDATE contact SET
  phone = iif(phone_from IN (SELECT id FROM attempt WHERE lead = :lead), NULL, phone),
  email = iif(email_from IN (SELECT id FROM attempt WHERE lead = :lead), NULL, email),
  name = iif(name_from IN (SELECT id FROM attempt WHERE lead = :lead), NULL, name),
  other_phone = NULL
WHERE id IN (
  SELECT id FROM contact
  WHERE phone_from IN (SELECT id FROM attempt WHERE lead = :lead)
  UNION SELECT id FROM contact
  WHERE email_from IN (SELECT id FROM attempt WHERE lead = :lead)
  UNION SELECT id FROM contact
  WHERE name_from IN (SELECT id FROM attempt WHERE lead = :lead));
