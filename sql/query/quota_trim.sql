-- scan: a few rows; older minutes are deleted each time.
DELETE FROM quota WHERE minute < :minute;
