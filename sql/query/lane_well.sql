DELETE FROM lane WHERE name = :name;
