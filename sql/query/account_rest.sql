-- What callsheet.conf no longer names is not called any more.
UPDATE account SET active = 0 WHERE active;
