SELECT id, problem, stamp, imported_at FROM campaign WHERE name = :name;
