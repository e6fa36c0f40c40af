-- From the sheet, for the account of its campaign.
INSERT INTO suppression (account, phone, source)
SELECT account, :phone, :source FROM campaign WHERE id = :campaign
ON CONFLICT DO NOTHING;
