DELETE FROM budget WHERE account = :account AND name = :name;
