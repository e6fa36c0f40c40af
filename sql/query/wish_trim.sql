-- As wish_left.
DELETE FROM wish WHERE abs(:now - asked_at) > 180;
