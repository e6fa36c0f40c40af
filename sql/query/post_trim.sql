-- Alarms that were told or given up long ago; calls keep theirs.
DELETE FROM post WHERE attempt IS NULL AND done_at < :before;
