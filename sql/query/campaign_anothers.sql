-- A campaign of this name that was another account's, with another sheet, is
-- not this one: its people and calls stay where they were, under a new name.
UPDATE campaign SET active = 0, name = name || ' of '
  || (SELECT o.name FROM account o WHERE o.id = campaign.account) || ' ' || id
WHERE name = :name AND account <> :account AND sheet <> :sheet;
