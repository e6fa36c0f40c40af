-- What callsheet.conf no longer names is not called any more.
UPDATE campaign SET active = 0 WHERE active;
