-- What the tab "callsheet" says of a campaign.
SELECT rank, what, value FROM status_line WHERE campaign = :campaign
ORDER BY rank, value;
