SELECT reads, writes FROM quota WHERE email = :email AND minute = :minute;
