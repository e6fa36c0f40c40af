SELECT until, fails FROM lane WHERE name = :name;
