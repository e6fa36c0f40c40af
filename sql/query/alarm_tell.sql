UPDATE alarm SET told = 1 WHERE NOT told RETURNING what, which, why, account;
