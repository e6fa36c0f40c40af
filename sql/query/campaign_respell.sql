-- The same tab by another address.
UPDATE campaign SET sheet = :sheet WHERE sheet = :old;
