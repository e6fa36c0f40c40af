-- Is the file sound?  "ok", else what is wrong first.
-- scan: a person asked for it
PRAGMA integrity_check(1);
