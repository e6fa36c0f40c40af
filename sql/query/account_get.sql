SELECT id FROM account WHERE name = :name AND active;
