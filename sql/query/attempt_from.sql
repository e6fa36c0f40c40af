-- The caller number of the last call of a campaign.
SELECT from_number FROM attempt a WHERE a.campaign = :campaign
ORDER BY sent_at DESC LIMIT 1;
