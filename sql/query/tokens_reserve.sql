-- Before a request leaves: it may take so many.
INSERT INTO tokens (account, day, reserved) VALUES (:account, :day, :reserved)
ON CONFLICT (account, day) DO UPDATE SET reserved = reserved + excluded.reserved;
