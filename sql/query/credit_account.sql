-- The account that is meant where none is named: the only one there is.
SELECT iif(count(*) = 1, max(id), 0) FROM account WHERE active;
