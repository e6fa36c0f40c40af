SELECT id FROM lead WHERE campaign = :campaign AND present ORDER BY id;
