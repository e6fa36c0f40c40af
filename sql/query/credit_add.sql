-- A person gives credits, or takes some away.
INSERT INTO credit (account, kind, amount, note)
VALUES (:account, iif(:amount > 0, 'grant', 'correction'), :amount, :note);
