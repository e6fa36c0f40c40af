INSERT INTO suppression (account, phone, source)
SELECT account, :phone, :source FROM campaign WHERE id = :campaign
ON CONFLICT DO NOTHING;
