-- How many calls with a number had a conversation, for one account, and the
-- average score of those that were analysed.  Counted and not asked for.
SELECT (SELECT count(*) FROM attempt a JOIN execution e ON e.attempt = a.id
    WHERE a.phone = :phone AND a.account = :account AND e.verified
      AND trim(e.transcript) <> ''),
  (SELECT round(avg(score), 1) FROM analysis
    WHERE account = :account AND phone = :phone AND kind = 'individual');
