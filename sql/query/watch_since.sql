SELECT since FROM watch WHERE what = :what;
