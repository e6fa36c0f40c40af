-- callsheet: what is true.
--
-- Facts stand in tables, policy in rows (policy.sql) and views (view.sql).
-- Times are epoch seconds UTC unless a column says milliseconds; the views
-- show local time.  How data flows:
--
--   sheet --import--> lead --claim--> attempt --POST /call--> Bolna
--   Bolna --webhook, GET, listing--> event --projection--> execution
--   execution --verified and final--> attempt done, lead.next_at or rest
--   any visible change --> delivery --sync--> the lead's own row
--
-- Every write transaction is taken under flock(2) on DATABASE.lock: SQLite
-- before 3.51.3 can corrupt a WAL database when a checkpoint meets a writer
-- that the lock would have kept out.

CREATE TABLE account (
  id          INTEGER PRIMARY KEY,        -- ours
  name        TEXT NOT NULL UNIQUE,       -- [account NAME] in callsheet.conf
  active      INTEGER NOT NULL DEFAULT 1  -- 0: no longer in callsheet.conf
) STRICT;

CREATE TABLE campaign (
  id             INTEGER PRIMARY KEY,     -- ours
  account        INTEGER NOT NULL REFERENCES account, -- whose key and whose money
  name           TEXT NOT NULL UNIQUE,    -- [campaign NAME] in callsheet.conf
  agent_id       TEXT NOT NULL,           -- Bolna's id of the voice agent
  sheet          TEXT NOT NULL,           -- URL of the tab, or file:PATH
  timezone       TEXT NOT NULL,           -- IANA name, for leads without one
  calls_per_pass INTEGER NOT NULL,        -- at most, started by one pass
  gap_secs       INTEGER NOT NULL,        -- between two calls
  max_live       INTEGER NOT NULL,        -- calls at the same time
  max_attempts   INTEGER NOT NULL,        -- per lead
  active         INTEGER NOT NULL DEFAULT 1, -- 0: no longer in callsheet.conf
  imported_at    INTEGER,                 -- last time the sheet was read
  stamp          TEXT NOT NULL DEFAULT '',-- a file's state at that time
  problem        TEXT,                    -- why the sheet cannot be used now
  problem_at     INTEGER,                 -- since when
  paused         INTEGER NOT NULL DEFAULT 0, -- 1: by "callsheet pause"; 2: and
                                          -- queued calls are taken back
  listed_to      INTEGER NOT NULL DEFAULT 0 -- Bolna's list of the agent's calls
                                          -- was read whole up to this time
) STRICT;

-- When people in one time zone may be called for one campaign.  The dialer
-- works the next window out at each pass; a zone without one is closed.
CREATE TABLE zone (
  campaign    INTEGER NOT NULL REFERENCES campaign, -- whose window it is
  timezone    TEXT NOT NULL,              -- IANA name
  opens_at    INTEGER,                    -- NULL: the zone is not known here
  closes_at   INTEGER,                    -- first second that is too late
  PRIMARY KEY (campaign, timezone)
) STRICT, WITHOUT ROWID;

-- One person to call: a row of the sheet.  Who it is, is fixed: a row whose
-- number or key is changed by a person is another lead.
CREATE TABLE lead (
  id             INTEGER PRIMARY KEY,     -- ours
  campaign       INTEGER NOT NULL REFERENCES campaign, -- whose sheet has the row
  key            TEXT NOT NULL DEFAULT '',-- the sheet's Key column, if it has one
  phone          TEXT NOT NULL,           -- E.164; the cell's text when it is none
  name           TEXT NOT NULL DEFAULT '', -- the Name column
  variables      TEXT NOT NULL DEFAULT '{}', -- other columns, as a JSON object
  timezone       TEXT NOT NULL,           -- Timezone column, else the campaign's
  control        TEXT NOT NULL DEFAULT '',-- Control column, lower case
  status_cell    TEXT NOT NULL DEFAULT '',-- Status as the sheet had it before us
  present        INTEGER NOT NULL DEFAULT 1, -- 0: the row is gone from the sheet
  held           TEXT,                    -- why it is not called at all: phone,
                                          -- pause, dnc, control, duplicate, status,
                                          -- timezone, max_attempts, rejected, review
  held_note      TEXT,                    -- the same in words, for Notes
  next_at        INTEGER,                 -- not before this; NULL: not by itself
  granted        INTEGER NOT NULL DEFAULT 0, -- attempts beyond max_attempts, by "retry now"
  cell_execution TEXT NOT NULL DEFAULT '',-- what we last wrote into the row's
  cell_status    TEXT NOT NULL DEFAULT '',-- Latest Execution ID and Status
  created_at     INTEGER NOT NULL DEFAULT (unixepoch()) -- when the row was first seen
) STRICT;

CREATE INDEX lead_identity ON lead (campaign, phone, key);
CREATE INDEX lead_phone ON lead (phone);
CREATE INDEX lead_present ON lead (campaign) WHERE present;
CREATE INDEX lead_held ON lead (campaign, held) WHERE held IS NOT NULL;
-- What a pass looks at: its size is what waits, not what is stored.
CREATE INDEX lead_due ON lead (campaign, next_at)
  WHERE next_at IS NOT NULL AND held IS NULL AND present;

-- Our decision to dial a lead once.  Committed before anything is sent.
CREATE TABLE attempt (
  id          INTEGER PRIMARY KEY AUTOINCREMENT, -- ours
  lead        INTEGER NOT NULL REFERENCES lead, -- who is called
  campaign    INTEGER NOT NULL REFERENCES campaign, -- the lead's
  account     INTEGER NOT NULL REFERENCES account, -- the campaign's
  phone       TEXT NOT NULL,              -- the lead's, E.164
  agent_id    TEXT NOT NULL DEFAULT '',   -- who called: the campaign's, then
  token       TEXT NOT NULL UNIQUE,       -- travels in user_data and comes back
  -- intent    claimed, nothing sent        sending   the request may be out
  -- accepted  Bolna gave an execution      unknown   it may have been placed
  -- done      over: confirmed by Bolna, or without an execution when Bolna's
  --           lists do not have it         rejected  Bolna refused it
  -- released  surely not sent; costs no attempt
  state       TEXT NOT NULL CHECK (state IN ('intent', 'sending', 'accepted',
                'unknown', 'done', 'rejected', 'released')),
  execution   TEXT UNIQUE,                -- Bolna's id, once known
  claimed_at  INTEGER NOT NULL DEFAULT (unixepoch()), -- when it was decided
  sent_at     INTEGER,                    -- committed just before the first byte
  ended_at    INTEGER,                    -- when it was over for us
  http_status INTEGER,                    -- what POST /call answered; 0: nothing
  note        TEXT,                       -- what went wrong, in words
  recalled_at INTEGER,                    -- when Bolna was asked to drop it
  look_at     INTEGER,                    -- unknown: when to search Bolna's list next
  looks       INTEGER NOT NULL DEFAULT 0, -- complete listings without it
  first_look  INTEGER                     -- when the first of them was
) STRICT;

-- Nobody is called twice by accident, whatever the code does.
CREATE UNIQUE INDEX attempt_live ON attempt (account, phone)
  WHERE state IN ('intent', 'sending', 'accepted', 'unknown');
CREATE INDEX attempt_open ON attempt (campaign, state)
  WHERE state IN ('intent', 'sending', 'accepted', 'unknown');
CREATE INDEX attempt_unknown ON attempt (look_at) WHERE state = 'unknown';
CREATE INDEX attempt_lead ON attempt (lead);
CREATE INDEX attempt_phone ON attempt (phone, campaign);
CREATE INDEX attempt_campaign ON attempt (campaign, sent_at);

-- The journal: one thing Bolna said about an execution, verbatim, never
-- changed.  "callsheet replay" can rebuild every execution from it.
CREATE TABLE event (
  id          INTEGER PRIMARY KEY AUTOINCREMENT, -- in the order of arrival
  execution   TEXT NOT NULL,              -- '' when the body names none
  digest      BLOB NOT NULL,              -- SHA-256 of the body
  -- webhook: somebody says so; get, list: Bolna's answers to our questions
  source      TEXT NOT NULL CHECK (source IN ('webhook', 'get', 'list')),
  received_at INTEGER NOT NULL DEFAULT (unixepoch()), -- by our clock
  body        TEXT NOT NULL,              -- JSON, as it came
  UNIQUE (execution, source, digest)
) STRICT;

-- Bolna's record of a call: the projection of its events (lib/event.c).  Its
-- rows are large and grow: with a rowid, those of one hour lie together.
CREATE TABLE execution (
  id              TEXT PRIMARY KEY NOT NULL, -- Bolna's
  attempt         INTEGER UNIQUE REFERENCES attempt, -- NULL: quarantined, not ours
  account         INTEGER REFERENCES account, -- whose agent it is, if known
  agent_id        TEXT NOT NULL DEFAULT '', -- Bolna's id of the voice agent
  phone           TEXT NOT NULL DEFAULT '', -- whom it called, as Bolna writes it
  stage           TEXT NOT NULL DEFAULT '',   -- furthest status that is not final
  final           TEXT NOT NULL DEFAULT '',   -- final status, once one was heard
  verified        INTEGER NOT NULL DEFAULT 0, -- 1: final confirmed by our own GET
  talk_secs       REAL,                   -- conversation
  line_secs       REAL,                   -- as the telephone company counts
  cost_cents      REAL,                   -- total_cost, in Bolna's cents
  transcript      TEXT,                   -- who said what
  summary         TEXT,                   -- what it was about
  recording       TEXT,                   -- URL
  extraction      TEXT,                   -- JSON
  error           TEXT,                   -- Bolna's words, when it failed
  smart_status    TEXT,                   -- Bolna's; nothing follows from it
  odd_status      TEXT,                   -- a status that disposition does not know
  hangup_by       TEXT,                   -- Bolna's word: Callee, Carrier, ...
  hangup_reason   TEXT,                   -- in words
  hangup_code     TEXT,                   -- the telephone provider's
  voicemail       INTEGER,                -- 1 answered by a machine
  retry_count     INTEGER NOT NULL DEFAULT 0, -- above 0: Bolna redials by itself!
  ringing_at      INTEGER,                -- each the earliest told
  answered_at     INTEGER,                -- in-progress
  disconnected_at INTEGER,                -- call-disconnected
  ended_at        INTEGER,                -- the final status
  head_rank       INTEGER NOT NULL DEFAULT -1, -- place of the last folded event
  head_at         INTEGER NOT NULL DEFAULT 0,  -- in the order of lib/event.c
  head_digest     BLOB,                   -- of its body
  first_at        INTEGER NOT NULL DEFAULT (unixepoch()), -- first heard of
  last_at         INTEGER NOT NULL DEFAULT (unixepoch()), -- last event
  confirm_at      INTEGER,                -- when to ask Bolna about it next
  confirms        INTEGER NOT NULL DEFAULT 0, -- times asked since the last news
  asked_at        INTEGER                 -- when it was last asked about
) STRICT;

CREATE INDEX execution_confirm ON execution (confirm_at)
  WHERE confirm_at IS NOT NULL AND attempt IS NOT NULL;
CREATE INDEX execution_doubt ON execution (confirm_at)
  WHERE confirm_at IS NOT NULL AND attempt IS NULL;
CREATE INDEX execution_redialled ON execution (last_at) WHERE retry_count > 0;
CREATE INDEX execution_stray ON execution (asked_at) WHERE attempt IS NULL;

-- What a Bolna status means to us.  Rows, not C: see policy.sql.
CREATE TABLE disposition (
  status      TEXT PRIMARY KEY,           -- Bolna's word, or another spelling
  means       TEXT NOT NULL,              -- the word it stands for
  shown       TEXT NOT NULL,              -- what the Status column says
  rank        INTEGER NOT NULL,           -- a call only moves up
  final       INTEGER NOT NULL,           -- nothing comes after it
  answered    INTEGER NOT NULL,           -- a person or machine picked up
  ask_after   INTEGER NOT NULL            -- seconds of silence, then ask Bolna
) STRICT, WITHOUT ROWID;

-- When a lead is called again after an attempt ended so.  Of the rows that fit,
-- one with a reason goes before one without, then one for this very attempt.
-- No row: never.
CREATE TABLE retry_rule (
  id          INTEGER PRIMARY KEY,        -- the lower one goes first
  status      TEXT NOT NULL REFERENCES disposition, -- how the attempt ended
  reason      TEXT NOT NULL DEFAULT '%',  -- LIKE pattern for the hangup's reason,
                                          -- or the telephone provider's code
  attempt     INTEGER,                    -- after this one only, from 1 on; NULL:
                                          -- after each that has no row of its own
  after_secs  INTEGER,                    -- until the lead is due; NULL: never
  max_tries   INTEGER,                    -- after this many such ends, stop; NULL:
                                          -- only max_attempts counts
  free        INTEGER NOT NULL DEFAULT 0  -- 1: costs no attempt
) STRICT;

CREATE INDEX retry_rule_status ON retry_rule (status);

-- Do not call.  Nothing is deleted: what was asked for, and when, can be shown.
CREATE TABLE suppression (
  id          INTEGER PRIMARY KEY,        -- ours
  account     INTEGER REFERENCES account, -- for whom it is closed; NULL: for all
  phone       TEXT NOT NULL,              -- E.164
  source      TEXT NOT NULL,              -- sheet, verb, file, call
  note        TEXT,                       -- in words, or the execution
  added_at    INTEGER NOT NULL DEFAULT (unixepoch()), -- from when on
  removed_at  INTEGER                     -- NULL: in force
) STRICT;

CREATE UNIQUE INDEX suppression_now ON suppression (phone, coalesce(account, 0))
  WHERE removed_at IS NULL;

-- Names in Bolna's extraction which, when what they hold is true, mean that
-- the person does not want to be called.  Policy: see policy.sql.
CREATE TABLE opt_out (
  key         TEXT PRIMARY KEY            -- lower case
) STRICT, WITHOUT ROWID;

-- The outbox: what is still to be told to whom.  A row disappears when done.
CREATE TABLE delivery (
  id          INTEGER PRIMARY KEY,        -- ours
  kind        TEXT NOT NULL CHECK (kind IN ('sheet')), -- to where
  campaign    INTEGER NOT NULL REFERENCES campaign, -- the lead's
  lead        INTEGER NOT NULL REFERENCES lead, -- whose row is to be written
  rev         INTEGER NOT NULL DEFAULT 1, -- counts changes since it was queued
  wipe        INTEGER NOT NULL DEFAULT 0, -- 1: somebody else's result stands there
  due_at      INTEGER NOT NULL,           -- not before this
  tries       INTEGER NOT NULL DEFAULT 0, -- failed so far
  error       TEXT,                       -- why the last try failed
  created_at  INTEGER NOT NULL DEFAULT (unixepoch()), -- since when it waits
  UNIQUE (kind, lead)
) STRICT;

CREATE INDEX delivery_due ON delivery (kind, campaign, due_at);
CREATE INDEX delivery_stuck ON delivery (tries) WHERE tries >= 3;

-- Why dialling is stopped for an account.
CREATE TABLE breaker (
  account     INTEGER NOT NULL REFERENCES account, -- which one is stopped
  name        TEXT NOT NULL,              -- key, upstream, rate, reconcile, ...
  opened_at   INTEGER NOT NULL DEFAULT (unixepoch()), -- since when
  until       INTEGER NOT NULL,           -- no call before this
  reason      TEXT NOT NULL,              -- in words
  PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;

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
  why         TEXT NOT NULL,              -- as it was last seen
  raised_at   INTEGER NOT NULL,           -- when it began
  told        INTEGER NOT NULL DEFAULT 0, -- 1: told, and not to be told again
  over_at     INTEGER,                    -- NULL: it lasts
  PRIMARY KEY (what, which)
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

-- Requests to Google, by key and minute: the quota is 60 reads and 60 writes.
CREATE TABLE quota (
  email       TEXT NOT NULL,              -- the service account
  minute      INTEGER NOT NULL,           -- epoch minute
  reads       INTEGER NOT NULL DEFAULT 0, -- requests that read
  writes      INTEGER NOT NULL DEFAULT 0, -- requests that write
  PRIMARY KEY (email, minute)
) STRICT, WITHOUT ROWID;

-- One pass of the dialer.  Kept for 30 days.
CREATE TABLE run (
  id          INTEGER PRIMARY KEY AUTOINCREMENT, -- ours
  started_at  INTEGER NOT NULL DEFAULT (unixepoch()), -- by our clock
  ended_at    INTEGER,                    -- NULL: it runs, or died
  pid         INTEGER NOT NULL,           -- of the process
  imported    INTEGER NOT NULL DEFAULT 0, -- rows new or changed
  placed      INTEGER NOT NULL DEFAULT 0, -- calls accepted by Bolna
  confirmed   INTEGER NOT NULL DEFAULT 0, -- executions asked about
  synced      INTEGER NOT NULL DEFAULT 0, -- rows written to sheets
  problems    INTEGER NOT NULL DEFAULT 0, -- things put off
  status      INTEGER                     -- exit status
) STRICT;
CREATE INDEX run_started ON run (started_at);
