-- Must nobody be called for this account now?
SELECT count(*) FROM blocked WHERE account = :account;
