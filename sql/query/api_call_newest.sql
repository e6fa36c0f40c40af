-- Behind the newest call of one campaign: where its list begins.
SELECT id + 1 FROM attempt WHERE campaign =
  (SELECT id FROM campaign WHERE name = :campaign
     AND :account IN (0, account))
ORDER BY sent_at DESC LIMIT 1;
