-- How many rows of other accounts have the number.
SELECT count(*) FROM lead l JOIN campaign c ON c.id = l.campaign
WHERE l.phone = :phone AND c.account <> :account;
