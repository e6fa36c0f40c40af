INSERT INTO watch (what, stops, why) VALUES (:what, :stops, :why);
