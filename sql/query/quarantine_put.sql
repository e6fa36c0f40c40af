-- Keep a body that was not understood.
INSERT INTO quarantine (received_at, address, reason, size, body)
VALUES (:at, :address, :reason, :size, :body);
