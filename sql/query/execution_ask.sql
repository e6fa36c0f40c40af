-- There is news: ask Bolna about this execution at confirm_at (null: not at
-- all).  One without an account belongs to nobody whose key we hold.
UPDATE execution SET confirms = 0,
  confirm_at = CASE WHEN account IS NOT NULL THEN :confirm_at END
WHERE id = :id;
