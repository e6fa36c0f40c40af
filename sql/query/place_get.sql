-- Where the number with these digits is: the longest prefix that is known.
SELECT country, timezone FROM place
WHERE prefix IN (substr(:digits, 1, 1), substr(:digits, 1, 2),
  substr(:digits, 1, 3), substr(:digits, 1, 4), substr(:digits, 1, 5),
  substr(:digits, 1, 6), substr(:digits, 1, 7))
ORDER BY length(prefix) DESC LIMIT 1;
