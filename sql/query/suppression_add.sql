-- Close a number for an account, or for all.
INSERT INTO suppression (account, phone, source, note)
VALUES (:account, :phone, :source, :note)
ON CONFLICT DO NOTHING RETURNING id;
