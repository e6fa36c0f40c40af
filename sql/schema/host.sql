-- callsheet: what the programs know of themselves and of this host: alarms,
-- requests that were refused, what is kept for how long, and counts.

-- What only the program can see: disk, wal, clock, stop; and in a copy that "callsheet
-- backup" has made, backup.  A row while it lasts.
CREATE TABLE watch (
  what        TEXT PRIMARY KEY,           -- disk, wal, clock, stop, backup
  since       INTEGER NOT NULL DEFAULT (unixepoch()), -- when it was first seen
  stops       INTEGER NOT NULL,           -- 1: nobody is called meanwhile
  why         TEXT NOT NULL               -- in words
) STRICT, WITHOUT ROWID;

-- Anomalies that were told, once each: in the messages of a pass and by its
-- exit status.  Told anew when one comes back after an hour.
CREATE TABLE alarm (
  what        TEXT NOT NULL,              -- as in view anomaly
  which       TEXT NOT NULL,              -- likewise; '' for none
  account     INTEGER NOT NULL DEFAULT 0, -- likewise; 0 for none
  why         TEXT NOT NULL,              -- as it was last seen
  raised_at   INTEGER NOT NULL,           -- when it began
  told        INTEGER NOT NULL DEFAULT 0, -- 1: told, and not to be told again
  over_at     INTEGER,                    -- NULL: it lasts
  PRIMARY KEY (what, which, account)
) STRICT, WITHOUT ROWID;

-- Bodies that were admitted but could not be understood; the newest 1,000.
CREATE TABLE quarantine (
  id          INTEGER PRIMARY KEY AUTOINCREMENT, -- in the order of arrival
  received_at INTEGER NOT NULL DEFAULT (unixepoch()), -- by our clock
  address     TEXT NOT NULL,              -- of the sender
  reason      TEXT NOT NULL,              -- why it was refused
  size        INTEGER NOT NULL,           -- of the whole body
  body        BLOB NOT NULL               -- its first 64 KB
) STRICT;

-- Requests that were not admitted, counted by sender: a changed sender shows
-- here, and above all in with_secret.
CREATE TABLE refused (
  address     TEXT PRIMARY KEY,           -- of the sender; "others" beyond 1,000
  count       INTEGER NOT NULL,           -- requests
  with_secret INTEGER NOT NULL,           -- those that knew the secret path
  reason      TEXT NOT NULL,              -- of the last
  first_at    INTEGER NOT NULL DEFAULT (unixepoch()), -- first request
  last_at     INTEGER NOT NULL DEFAULT (unixepoch()) -- last request
) STRICT, WITHOUT ROWID;

-- Calls to people who were erased ("callsheet erase"): what Bolna still says
-- about them is not stored any more.
CREATE TABLE erased (
  mark        TEXT PRIMARY KEY,           -- Bolna's id of the call, or our token
  at          INTEGER NOT NULL DEFAULT (unixepoch()) -- since when
) STRICT, WITHOUT ROWID;

-- For how long what is kept ("callsheet prune").  Policy: see policy.sql.
CREATE TABLE retention (
  class       TEXT PRIMARY KEY,           -- as prune knows it
  days        INTEGER CHECK (days >= 0),  -- then it goes; NULL: it stays
  note        TEXT NOT NULL               -- what it is, in words
) STRICT, WITHOUT ROWID;

-- Requests to Google, by key and minute: the quota is 60 reads and 60 writes.
CREATE TABLE quota (
  email       TEXT NOT NULL,              -- the service account
  minute      INTEGER NOT NULL,           -- epoch minute
  reads       INTEGER NOT NULL DEFAULT 0, -- requests that read
  writes      INTEGER NOT NULL DEFAULT 0, -- requests that write
  PRIMARY KEY (email, minute)
) STRICT, WITHOUT ROWID;

-- Programs whose statements were tried on these very tables and views, by
-- "callsheet init": they need not try all of them each time they start.
CREATE TABLE checked (
  build       TEXT PRIMARY KEY,           -- digest of the statements
  cookie      INTEGER NOT NULL            -- PRAGMA schema_version at that time
) STRICT, WITHOUT ROWID;

-- What the console's charts add up: calls that Bolna has confirmed, by quarter
-- of an hour, so that a million of them need not be read.
CREATE TABLE tally (
  campaign    INTEGER NOT NULL REFERENCES campaign, -- called for which
  slot        INTEGER NOT NULL,           -- claimed from then on, for 900 seconds
  final       TEXT NOT NULL,              -- the status they ended with
  calls       INTEGER NOT NULL,           -- how many
  answered    INTEGER NOT NULL,           -- by a person, not by a machine
  talk_secs   REAL NOT NULL,              -- conversation, all together
  cost_cents  REAL NOT NULL,              -- all together, in Bolna's cents
  PRIMARY KEY (campaign, slot, final)
) STRICT, WITHOUT ROWID;

CREATE VIEW confirmed AS
SELECT e.id AS execution, e.attempt, a.campaign,
  a.claimed_at / 900 * 900 AS slot, e.final, d.answered
    AND coalesce(e.voicemail, 0) = 0 AS answered,
  coalesce(e.talk_secs, e.line_secs, 0) AS talk_secs,
  coalesce(e.cost_cents, 0) AS cost_cents
FROM execution e
JOIN attempt a ON a.id = e.attempt
JOIN disposition d ON d.status = e.final
WHERE e.verified;

CREATE TRIGGER tally_before BEFORE UPDATE OF verified ON execution
WHEN old.verified AND old.attempt IS NOT NULL BEGIN
  UPDATE tally SET calls = calls - 1, answered = tally.answered - was.answered,
    talk_secs = tally.talk_secs - was.talk_secs,
    cost_cents = tally.cost_cents - was.cost_cents
  FROM confirmed was WHERE was.attempt = old.attempt
    AND tally.campaign = was.campaign AND tally.slot = was.slot
    AND tally.final = was.final;
END;

CREATE TRIGGER tally_after AFTER UPDATE OF verified ON execution
WHEN new.verified AND new.attempt IS NOT NULL BEGIN
  INSERT INTO tally
  SELECT campaign, slot, final, 1, answered, talk_secs, cost_cents
  FROM confirmed WHERE attempt = new.attempt
  ON CONFLICT DO UPDATE SET calls = calls + 1,
    answered = answered + excluded.answered,
    talk_secs = talk_secs + excluded.talk_secs,
    cost_cents = cost_cents + excluded.cost_cents;
END;

CREATE TRIGGER tally_new AFTER INSERT ON execution
WHEN new.verified AND new.attempt IS NOT NULL BEGIN
  INSERT INTO tally
  SELECT campaign, slot, final, 1, answered, talk_secs, cost_cents
  FROM confirmed WHERE attempt = new.attempt
  ON CONFLICT DO UPDATE SET calls = calls + 1,
    answered = answered + excluded.answered,
    talk_secs = talk_secs + excluded.talk_secs,
    cost_cents = cost_cents + excluded.cost_cents;
END;
