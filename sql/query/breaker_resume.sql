-- A person has looked: failures and opt-outs before now are forgiven in the
-- accounts of these campaigns.
UPDATE account SET forgiven_at = :now WHERE id IN (SELECT account FROM campaign
  WHERE active AND (:name IS NULL OR name = :name))
RETURNING id;
