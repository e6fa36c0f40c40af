INSERT INTO account (name) VALUES (:name)
ON CONFLICT (name) DO UPDATE SET active = 1 RETURNING id;
