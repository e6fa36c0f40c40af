-- How much may be spent, as callsheet.conf says.
INSERT INTO cap (account, campaign, name, amount)
VALUES (:account, :campaign, :name, :amount)
ON CONFLICT DO UPDATE SET amount = excluded.amount
  WHERE amount <> excluded.amount;
