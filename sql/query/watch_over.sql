DELETE FROM watch WHERE what = :what;
