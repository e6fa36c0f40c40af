SELECT input + output + reserved FROM tokens
WHERE account = :account AND day = :day;
