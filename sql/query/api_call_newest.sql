-- Behind the newest call of one campaign: where its list begins.
SELECT id + 1 FROM attempt WHERE campaign =
  (SELECT id FROM campaign WHERE name = :campaign)
ORDER BY sent_at DESC LIMIT 1;
