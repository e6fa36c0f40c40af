-- Written; unless it has changed again meanwhile.
DELETE FROM delivery WHERE kind = 'sheet' AND lead = :lead AND rev = :rev;
