INSERT INTO notify (campaign, kind, status)
SELECT :campaign, :kind, value FROM json_each(:statuses)
WHERE true ON CONFLICT DO NOTHING;
