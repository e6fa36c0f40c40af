SELECT count(DISTINCT account) FROM blocked;
