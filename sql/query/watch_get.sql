SELECT 1 FROM watch WHERE what = :what;
