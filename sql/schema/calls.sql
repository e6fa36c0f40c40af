-- callsheet: what is true.  This is the heart of it: leads, attempts, what Bolna
-- says of them, and passes.
--
-- Facts stand in tables, policy in rows (policy.sql, rules.sql, outcomes.sql,
-- places.sql) and views (sql/view).
-- Times are epoch seconds UTC unless a column says milliseconds; the views
-- show local time.  How data flows:
--
--   sheet --import--> lead --claim--> attempt --POST /call--> Bolna
--   Bolna --webhook, GET, listing--> event --projection--> execution
--   execution --verified and final--> attempt done, lead.next_at or rest
--   any visible change --> delivery --sync--> the lead's own row
--   the same end, any alarm --> post --deliver--> Slack and others
--
-- Every write transaction is taken under flock(2) on DATABASE.lock: SQLite
-- before 3.51.3 can corrupt a WAL database when a checkpoint meets a writer
-- that the lock would have kept out.

CREATE TABLE account (
  id          INTEGER PRIMARY KEY,        -- ours
  name        TEXT NOT NULL UNIQUE,       -- [account NAME] in callsheet.conf
  active      INTEGER NOT NULL DEFAULT 1, -- 0: no longer in callsheet.conf
  max_live    INTEGER NOT NULL DEFAULT 0, -- calls at the same time in all its
                                          -- campaigns; 0: as many as Bolna takes
  rate        INTEGER NOT NULL DEFAULT 0, -- calls a minute; 0: no limit of ours
  wallet_floor INTEGER,                   -- below it nobody is called; in
                                          -- hundredths of a cent, as all money
  wallet      INTEGER,                    -- what Bolna says is left
  concurrency INTEGER,                    -- calls that Bolna places at once
  asked_at    INTEGER,                    -- when Bolna said so
  forgiven_at INTEGER NOT NULL DEFAULT 0, -- failures and opt-outs before do not
                                          -- stop dialling any more
  analysed    INTEGER NOT NULL DEFAULT 0, -- 1: it has an openai_key
  stored_prompt INTEGER NOT NULL DEFAULT 0, -- 1: it names a prompt kept at OpenAI
  credit_price INTEGER,                   -- of a minute, in ten-thousandths of a
                                          -- credit; NULL: it has no credits
  credit_pulse INTEGER NOT NULL DEFAULT 60, -- seconds; each that is begun counts
  credit_levels TEXT NOT NULL DEFAULT '[0]', -- at which people are told; JSON
  credits     INTEGER NOT NULL DEFAULT 0  -- what is left: the sum of table credit
) STRICT;

CREATE TABLE campaign (
  id             INTEGER PRIMARY KEY,     -- ours
  account        INTEGER NOT NULL REFERENCES account, -- whose key and whose money
  name           TEXT NOT NULL UNIQUE,    -- [campaign NAME] in callsheet.conf
  agent_id       TEXT NOT NULL,           -- Bolna's id of the voice agent
  sheet          TEXT NOT NULL,           -- URL of the tab, or file:PATH
  timezone       TEXT NOT NULL,           -- IANA name, for numbers of its country
                                          -- in rows without one; '': by number
  purpose        TEXT NOT NULL DEFAULT '',-- promotional, service, transactional
  disclosed      INTEGER NOT NULL DEFAULT 0, -- 1: the agent says that it is an AI
  series         TEXT NOT NULL DEFAULT '',-- why its caller numbers do not fit
  enforce_series INTEGER NOT NULL DEFAULT 0, -- 1: then nobody is called
  last_secs      INTEGER NOT NULL DEFAULT 0, -- before the end of the hours no
                                          -- further call is placed
  minute_cost    INTEGER NOT NULL DEFAULT 0, -- of a call, at most
  call_cost      INTEGER NOT NULL DEFAULT 0, -- the most one call can cost
  max_secs       INTEGER NOT NULL DEFAULT 0, -- of a call, at most
  spent          INTEGER NOT NULL DEFAULT 0, -- reserved or paid; see ledger
  calls_per_pass INTEGER NOT NULL,        -- at most, started by one pass
  gap_secs       INTEGER NOT NULL,        -- between two calls
  max_live       INTEGER NOT NULL,        -- calls at the same time
  max_attempts   INTEGER NOT NULL,        -- per lead
  active         INTEGER NOT NULL DEFAULT 1, -- 0: no longer in callsheet.conf
  imported_at    INTEGER,                 -- last time the sheet was read
  stamp          TEXT NOT NULL DEFAULT '',-- a file's state at that time
  problem        TEXT,                    -- why the sheet cannot be used now
  problem_at     INTEGER,                 -- since when
  dry_run        INTEGER NOT NULL DEFAULT 1, -- 1: nobody is called
  paused         INTEGER NOT NULL DEFAULT 0 -- 1: by "callsheet pause"; 2: and
                                          -- queued calls are taken back
) STRICT;

-- The agents a campaign has had, in which account, and how far their lists of
-- calls were read: a database that is put back, or an answer that was lost, may
-- know nothing of a call by the one before.
CREATE TABLE campaign_agent (
  agent_id    TEXT NOT NULL,              -- Bolna's id of the voice agent
  campaign    INTEGER NOT NULL REFERENCES campaign, -- for which it calls
  account     INTEGER NOT NULL REFERENCES account, -- the campaign's, then
  listed_to   INTEGER NOT NULL DEFAULT (unixepoch()), -- Bolna's list of its calls
                                          -- was read whole up to this time
  until       INTEGER,                    -- when another took over; NULL: none has
  PRIMARY KEY (agent_id, campaign, account)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER campaign_agent_first AFTER INSERT ON campaign BEGIN
  INSERT INTO campaign_agent (agent_id, campaign, account)
  VALUES (new.agent_id, new.id, new.account);
END;

CREATE TRIGGER campaign_agent_next AFTER UPDATE OF agent_id, account ON campaign
WHEN (new.agent_id, new.account) <> (old.agent_id, old.account) BEGIN
  UPDATE campaign_agent SET until = unixepoch()
  WHERE campaign = old.id AND agent_id = old.agent_id
    AND account = old.account;
  INSERT INTO campaign_agent (agent_id, campaign, account)
  VALUES (new.agent_id, new.id, new.account)
  ON CONFLICT DO UPDATE SET until = NULL;
END;

-- One person to call: a row of the sheet.  Who it is, is fixed: a row whose
-- number or key is changed by a person is another lead.
CREATE TABLE lead (
  id             INTEGER PRIMARY KEY,     -- ours
  campaign       INTEGER NOT NULL REFERENCES campaign, -- whose sheet has the row
  key            TEXT NOT NULL DEFAULT '',-- the sheet's Key column, if it has one
  phone          TEXT NOT NULL,           -- E.164; the cell's text when it is none
  name           TEXT NOT NULL DEFAULT '', -- the Name column
  variables      TEXT NOT NULL DEFAULT '{}', -- other columns, as a JSON object
  country        TEXT NOT NULL DEFAULT '',-- of the number, ISO 3166
  timezone       TEXT NOT NULL,           -- IANA names as in hours
  timezone_from  TEXT NOT NULL DEFAULT '',-- row, campaign or number
  priority       INTEGER NOT NULL DEFAULT 0, -- Priority column: higher goes first
  consent        TEXT NOT NULL DEFAULT '',-- Consent column: where it was given
  consent_on     TEXT NOT NULL DEFAULT '',-- Consent Date column, YYYY-MM-DD
  control        TEXT NOT NULL DEFAULT '',-- Control column, lower case
  status_cell    TEXT NOT NULL DEFAULT '',-- Status as the sheet had it before us
  present        INTEGER NOT NULL DEFAULT 1, -- 0: the row is gone from the sheet
  held           TEXT,                    -- why it is not called at all: phone,
                                          -- pause, dnc, control, duplicate, status,
                                          -- timezone, max_attempts, rejected, review,
                                          -- foreign
  held_note      TEXT,                    -- the same in words, for Notes
  next_at        INTEGER,                 -- not before this; NULL: not by itself
  put_off        INTEGER,                 -- nor before this: judged, see decision
  put_off_by     TEXT,                    -- by which rule
  due_at         INTEGER GENERATED ALWAYS AS -- when it is judged next
                   (max(next_at, coalesce(put_off, 0))) VIRTUAL,
  granted        INTEGER NOT NULL DEFAULT 0, -- attempts beyond max_attempts, by "retry now"
  cell_execution TEXT NOT NULL DEFAULT '',-- what we last wrote into the row's
  cell_status    TEXT NOT NULL DEFAULT '',-- Latest Execution ID and Status
  created_at     INTEGER NOT NULL DEFAULT (unixepoch()) -- when the row was first seen
) STRICT;
CREATE INDEX lead_identity ON lead (campaign, phone, key);
CREATE INDEX lead_phone ON lead (phone);
CREATE INDEX lead_present ON lead (campaign) WHERE present;
-- What a pass looks at: its size is what waits, not what is stored.
CREATE INDEX lead_due ON lead (campaign, due_at, priority)
  WHERE next_at IS NOT NULL AND held IS NULL AND present;
-- How many are put off, by rule; and until when.
CREATE INDEX lead_put_off ON lead (campaign, put_off_by, put_off)
  WHERE put_off IS NOT NULL AND next_at IS NOT NULL AND held IS NULL AND present;

-- Our decision to dial a lead once.  Committed before anything is sent.
CREATE TABLE attempt (
  id          INTEGER PRIMARY KEY AUTOINCREMENT, -- ours
  lead        INTEGER NOT NULL REFERENCES lead, -- who is called
  campaign    INTEGER NOT NULL REFERENCES campaign, -- the lead's
  account     INTEGER NOT NULL REFERENCES account, -- the campaign's
  phone       TEXT NOT NULL,              -- the lead's, E.164
  agent_id    TEXT NOT NULL DEFAULT '',   -- who called: the campaign's, then
  from_number TEXT NOT NULL DEFAULT '',   -- with which number; '': Bolna's choice
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
CREATE INDEX attempt_account ON attempt (account) WHERE state <> 'released';
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
  body        TEXT NOT NULL,              -- JSON, as it came; '' once pruned
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
  asked_at        INTEGER,                -- when it was last asked about
  pruned_at       INTEGER                 -- transcript, summary, extraction and
                                          -- recording were removed for their age
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

-- Who hung up, by what Bolna says.  Of the rows that fit, one with a reason goes
-- before one without.
CREATE TABLE hangup (
  said        TEXT NOT NULL,              -- Bolna's word, lower case; '%': any
  reason      TEXT NOT NULL DEFAULT '%',  -- LIKE pattern for its reason
  party       TEXT CHECK (party IN ('agent', 'user', 'system')), -- NULL: nobody
                                          -- knows
  PRIMARY KEY (said, reason)
) STRICT, WITHOUT ROWID;

-- One pass of the dialer.
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
-- A row can be named by its key.
CREATE INDEX lead_key ON lead (key) WHERE key <> '';

-- Whom a person has asked to be called next, with "callsheet call", and what the
-- lead was before.  A row until there is an attempt, or it is taken back.
CREATE TABLE wish (
  lead        INTEGER PRIMARY KEY REFERENCES lead ON DELETE CASCADE, -- who
  asked_at    INTEGER NOT NULL,           -- by our clock
  next_at     INTEGER,                    -- these as in lead, before
  granted     INTEGER NOT NULL,           -- likewise
  held        TEXT,                       -- likewise
  held_note   TEXT                        -- likewise
) STRICT;
