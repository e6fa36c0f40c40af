-- Was Bolna not asked about this account for so long?
SELECT 1 FROM account WHERE id = :account
  AND coalesce(asked_at NOT BETWEEN :now - :secs AND :now, 1);
