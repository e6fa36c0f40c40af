-- scan: at most 1,000 rows
-- Count refused requests of one sender.  Beyond 1,000 senders the rest share
-- a line, so that a flood of addresses cannot fill the disk.
INSERT INTO refused (address, count, with_secret, reason, first_at, last_at)
SELECT CASE WHEN EXISTS (SELECT 1 FROM refused WHERE address = :address)
    OR (SELECT count(*) FROM refused) < 1000 THEN :address ELSE 'others' END,
  :count, :with_secret, :reason, :now, :now
WHERE true
ON CONFLICT (address) DO UPDATE SET count = count + excluded.count,
  with_secret = with_secret + excluded.with_secret, reason = excluded.reason,
  last_at = excluded.last_at;
