-- Where the row stands that a person must clear by hand, and what else is in it.
SELECT c.name, c.sheet, l.present,
  (SELECT group_concat(v.key, ', ') FROM json_each(l.variables) v)
FROM lead l JOIN campaign c ON c.id = l.campaign
WHERE l.id = :lead;
