DELETE FROM cap WHERE account = :account AND campaign = :campaign
  AND name = :name;
