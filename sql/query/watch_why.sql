SELECT why FROM watch WHERE what = :what;
