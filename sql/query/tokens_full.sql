UPDATE tokens SET spent = 1 WHERE account = :account AND day = :day;
