-- What accounts have left, in ten-thousandths of a credit.
SELECT account, name, credits, reserved, price, pulse FROM balance
WHERE :account IS NULL OR account = :account ORDER BY name;
