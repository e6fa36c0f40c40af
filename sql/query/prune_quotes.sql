-- And in what was made of them: the outcome stays, its quotes go.
UPDATE outcome SET span = '', slot = '', note = NULL
WHERE source = 'rule' AND attempt = (SELECT attempt FROM execution
    WHERE rowid = :id AND last_at < :before);
