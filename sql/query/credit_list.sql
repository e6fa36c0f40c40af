-- The last entries of an account.
SELECT id, datetime(at, 'unixepoch', 'localtime'), kind, amount, attempt, note
FROM credit WHERE account = :account ORDER BY id DESC LIMIT :limit;
