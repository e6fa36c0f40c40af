-- What the calls led to, and the words it rests on.
DELETE FROM outcome WHERE lead = :lead;
