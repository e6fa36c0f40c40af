SELECT credits FROM account WHERE id = :account;
