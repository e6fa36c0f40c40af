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
  paused         INTEGER NOT NULL DEFAULT 0, -- 1: by "callsheet pause"; 2: and
                                          -- queued calls are taken back
  listed_to      INTEGER NOT NULL DEFAULT 0 -- Bolna's list of the agent's calls
                                          -- was read whole up to this time
) STRICT;

-- When people of one country in one time zone may be called for one campaign:
-- the next hours, worked out at each pass (dialer/hours.c).
CREATE TABLE hours (
  campaign    INTEGER NOT NULL REFERENCES campaign, -- whose hours they are
  country     TEXT NOT NULL,              -- ISO 3166; '': not known
  timezone    TEXT NOT NULL,              -- IANA name; several, with commas: all
                                          -- of them must allow it; '': not known
  opens_at    INTEGER,                    -- NULL: never, see problem
  closes_at   INTEGER,                    -- first second that is too late
  again_at    INTEGER,                    -- when they open after that
  problem     TEXT,                       -- country: no rule for it; timezone:
                                          -- not known; window: never open
  PRIMARY KEY (campaign, country, timezone)
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
                                          -- timezone, max_attempts, rejected, review
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
CREATE INDEX lead_held ON lead (campaign, held)
  WHERE held IS NOT NULL AND present;
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
  removed_at  INTEGER,                    -- NULL: in force
  erased_at   INTEGER                     -- all else about the number was erased:
                                          -- while it is closed no row of it is
                                          -- taken in again
) STRICT;

CREATE INDEX suppression_heard ON suppression (account, added_at)
  WHERE source = 'call';
CREATE UNIQUE INDEX suppression_now ON suppression (phone, coalesce(account, 0))
  WHERE removed_at IS NULL;

-- A campaign that goes over to another account: who is in it and asked for no
-- calls, or was erased, is not called there either.
CREATE TRIGGER campaign_moved AFTER UPDATE OF account ON campaign
WHEN new.account <> old.account BEGIN
  INSERT INTO suppression (account, phone, source, note, added_at, erased_at)
  SELECT new.account, s.phone, s.source, s.note, s.added_at, s.erased_at
  FROM suppression s
  WHERE s.account = old.account AND s.removed_at IS NULL
    AND (s.erased_at IS NOT NULL OR s.phone IN (SELECT l.phone FROM lead l
      WHERE l.campaign = new.id))
  ON CONFLICT DO NOTHING;
END;

-- Names in Bolna's extraction which, when what they hold is true, mean that
-- the person does not want to be called.  Policy: see policy.sql.
CREATE TABLE opt_out (
  key         TEXT PRIMARY KEY            -- lower case
) STRICT, WITHOUT ROWID;

-- The rules, in the order in which they are asked.  Rows, not C: policy.sql;
-- what each asks stands in view judgement.
CREATE TABLE rule (
  rank        INTEGER PRIMARY KEY,        -- the first that applies decides
  name        TEXT NOT NULL UNIQUE,       -- as in decision
  -- call; put off: by time alone; block: until somebody changes something
  verdict     TEXT NOT NULL CHECK (verdict IN ('call', 'put off', 'block')),
  says        TEXT NOT NULL               -- in words
) STRICT;

-- Why somebody was called, put off or not called: one row whenever that
-- changes.
CREATE TABLE decision (
  id          INTEGER PRIMARY KEY AUTOINCREMENT, -- in the order in which they fell
  at          INTEGER NOT NULL DEFAULT (unixepoch()), -- by our clock
  campaign    INTEGER NOT NULL REFERENCES campaign, -- the lead's
  lead        INTEGER REFERENCES lead,    -- NULL: for all leads of the campaign
  -- as in rule
  verdict     TEXT NOT NULL CHECK (verdict IN ('call', 'put off', 'block')),
  rule        TEXT NOT NULL,              -- see rule
  facts       TEXT NOT NULL DEFAULT '{}', -- what the rule looked at, JSON
  next_at     INTEGER,                    -- asked again then; NULL: when something
                                          -- has changed
  settings    TEXT                        -- settings.hash
) STRICT;

CREATE INDEX decision_lead ON decision (lead, id) WHERE lead IS NOT NULL;
CREATE INDEX decision_campaign ON decision (campaign, id) WHERE lead IS NULL;
CREATE INDEX decision_at ON decision (at);

-- The settings and the rows of policy under which decisions fell.
CREATE TABLE settings (
  hash        TEXT PRIMARY KEY,           -- SHA-256 of text, hex
  text        TEXT NOT NULL,              -- "callsheet config", then the rows
  since       INTEGER NOT NULL DEFAULT (unixepoch()) -- last taken up; the highest
                                          -- is in force
) STRICT, WITHOUT ROWID;

-- What the row says, or what became of a call, is a decision as well.
CREATE TRIGGER lead_held_new AFTER INSERT ON lead WHEN new.held IS NOT NULL BEGIN
  INSERT INTO decision (campaign, lead, verdict, rule, facts, settings)
  VALUES (new.campaign, new.id, 'block', new.held, json_object('note',
    new.held_note), (SELECT hash FROM settings ORDER BY since DESC LIMIT 1));
END;
CREATE TRIGGER lead_held AFTER UPDATE OF held ON lead
WHEN new.held IS NOT NULL AND new.held IS NOT old.held BEGIN
  INSERT INTO decision (campaign, lead, verdict, rule, facts, settings)
  VALUES (new.campaign, new.id, 'block', new.held, json_object('note',
    new.held_note), (SELECT hash FROM settings ORDER BY since DESC LIMIT 1));
END;

-- Another time, or anything else about the row: it is judged anew.
CREATE TRIGGER lead_judged_anew AFTER UPDATE OF next_at, phone, country, timezone,
  consent, consent_on, variables ON lead
WHEN new.put_off IS NOT NULL AND new.put_off IS old.put_off BEGIN
  UPDATE lead SET put_off = NULL WHERE id = new.id;
END;

-- So are the rows of a number that is not on the line any more.
CREATE TRIGGER attempt_over AFTER UPDATE OF state ON attempt
WHEN old.state IN ('intent', 'sending', 'accepted', 'unknown')
  AND new.state NOT IN ('intent', 'sending', 'accepted', 'unknown') BEGIN
  UPDATE lead SET put_off = NULL
  WHERE phone = new.phone AND put_off IS NOT NULL;
END;

-- How often one number may be called for an account, whatever the campaign and
-- the reason: from callsheet.conf.
CREATE TABLE budget (
  account     INTEGER NOT NULL REFERENCES account, -- whose calls are counted
  name        TEXT NOT NULL,              -- gap, day, week, month, life
  secs        INTEGER NOT NULL,           -- in a period of this length
  calls       INTEGER NOT NULL,           -- at most so many
  PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;

-- How much may be spent: from callsheet.conf.
CREATE TABLE cap (
  account     INTEGER NOT NULL REFERENCES account, -- whose money
  campaign    INTEGER NOT NULL,           -- in this one; 0: in all of them
  name        TEXT NOT NULL CHECK (name IN ('pass', 'day', 'total')), -- since the
                                          -- pass began, in 24 hours, ever
  amount      INTEGER NOT NULL,           -- hundredths of a cent
  PRIMARY KEY (account, campaign, name)
) STRICT, WITHOUT ROWID;

-- Money: entries that add up and are never edited.  What an attempt may cost
-- is reserved when it is claimed; what it did cost is settled.
CREATE TABLE ledger (
  id          INTEGER PRIMARY KEY AUTOINCREMENT, -- in the order of entry
  account     INTEGER NOT NULL REFERENCES account, -- whose money
  campaign    INTEGER NOT NULL REFERENCES campaign, -- spent for which
  attempt     INTEGER NOT NULL REFERENCES attempt, -- on which call
  at          INTEGER NOT NULL,           -- when the call was claimed
  entered_at  INTEGER NOT NULL DEFAULT (unixepoch()), -- by our clock
  amount      INTEGER NOT NULL            -- hundredths of a cent
) STRICT;

CREATE INDEX ledger_attempt ON ledger (attempt, amount);
CREATE INDEX ledger_campaign ON ledger (campaign, at, amount);
CREATE INDEX ledger_account ON ledger (account, at, amount);

CREATE TRIGGER ledger_sum AFTER INSERT ON ledger BEGIN
  UPDATE campaign SET spent = spent + new.amount WHERE id = new.campaign;
END;
CREATE TRIGGER ledger_fixed BEFORE UPDATE OF account, campaign, attempt, amount
ON ledger BEGIN
  SELECT raise(ABORT, 'entries of the ledger are not edited');
END;

-- What an attempt costs by now: the reservation while it is open, what Bolna
-- says when it is over.  A completed call of unknown cost stays reserved.
CREATE VIEW price AS
SELECT a.id AS attempt, CASE
    WHEN a.state IN ('released', 'rejected') THEN 0
    WHEN a.state <> 'done' THEN c.call_cost
    WHEN e.cost_cents IS NOT NULL THEN CAST(round(e.cost_cents * 100) AS INTEGER)
    WHEN e.final = 'completed' THEN c.call_cost
    ELSE 0 END AS amount
FROM attempt a JOIN campaign c ON c.id = a.campaign
LEFT JOIN execution e ON e.attempt = a.id;

CREATE TRIGGER ledger_reserve AFTER INSERT ON attempt BEGIN
  INSERT INTO ledger (account, campaign, attempt, at, amount)
  SELECT new.account, new.campaign, new.id, new.claimed_at, p.amount
  FROM price p WHERE p.attempt = new.id AND p.amount <> 0;
END;
CREATE TRIGGER ledger_settle AFTER UPDATE OF state ON attempt BEGIN
  INSERT INTO ledger (account, campaign, attempt, at, amount)
  SELECT new.account, new.campaign, new.id, new.claimed_at, p.amount
    - coalesce((SELECT sum(amount) FROM ledger WHERE attempt = new.id), 0) AS due
  FROM price p WHERE p.attempt = new.id AND due <> 0;
END;
CREATE TRIGGER ledger_cost AFTER UPDATE OF cost_cents, final, attempt ON execution
WHEN new.attempt IS NOT NULL AND (new.cost_cents, new.final, new.attempt)
  IS NOT (old.cost_cents, old.final, old.attempt) BEGIN
  INSERT INTO ledger (account, campaign, attempt, at, amount)
  SELECT a.account, a.campaign, a.id, a.claimed_at, p.amount
    - coalesce((SELECT sum(amount) FROM ledger WHERE attempt = a.id), 0) AS due
  FROM attempt a JOIN price p ON p.attempt = a.id
  WHERE a.id = new.attempt AND a.state = 'done' AND due <> 0;
END;
CREATE TRIGGER ledger_found AFTER INSERT ON execution
WHEN new.attempt IS NOT NULL BEGIN
  INSERT INTO ledger (account, campaign, attempt, at, amount)
  SELECT a.account, a.campaign, a.id, a.claimed_at, p.amount
    - coalesce((SELECT sum(amount) FROM ledger WHERE attempt = a.id), 0) AS due
  FROM attempt a JOIN price p ON p.attempt = a.id
  WHERE a.id = new.attempt AND a.state = 'done' AND due <> 0;
END;

-- Credits: what the owner of an account sells to who calls with it, whatever
-- Bolna's bill says.  As with the ledger, entries add up and are never edited.
CREATE TABLE credit (
  id          INTEGER PRIMARY KEY AUTOINCREMENT, -- in the order of entry
  account     INTEGER NOT NULL REFERENCES account, -- whose credits
  attempt     INTEGER REFERENCES attempt, -- for which call; NULL: by a person
  -- grant: a person gives some; charge: for a call, once; correction: Bolna says
  -- later that it was longer or shorter, or a person takes some away
  kind        TEXT NOT NULL CHECK (kind IN ('grant', 'charge', 'correction')),
  amount      INTEGER NOT NULL,           -- ten-thousandths of a credit; below
                                          -- zero: taken
  note        TEXT NOT NULL DEFAULT '',   -- why, in a person's words
  at          INTEGER NOT NULL DEFAULT (unixepoch()) -- by our clock
) STRICT;

CREATE UNIQUE INDEX credit_charge ON credit (attempt) WHERE kind = 'charge';
CREATE INDEX credit_attempt ON credit (attempt, amount)
  WHERE attempt IS NOT NULL;
CREATE INDEX credit_account ON credit (account, id);

CREATE TRIGGER credit_sum AFTER INSERT ON credit BEGIN
  UPDATE account SET credits = credits + new.amount WHERE id = new.account;
END;
CREATE TRIGGER credit_fixed BEFORE UPDATE ON credit BEGIN
  SELECT raise(ABORT, 'entries of credits are not edited');
END;
CREATE TRIGGER credit_kept BEFORE DELETE ON credit BEGIN
  SELECT raise(ABORT, 'entries of credits are not removed');
END;

-- Calls that are charged, and by which price: the one that held when they were
-- claimed, whatever the settings say later.
CREATE TABLE metered (
  attempt     INTEGER PRIMARY KEY REFERENCES attempt, -- which call
  pulse       INTEGER NOT NULL,           -- these as in account
  price       INTEGER NOT NULL,           -- likewise
  most        INTEGER NOT NULL            -- what it costs at its longest: kept
                                          -- aside while it is under way
) STRICT;

CREATE TRIGGER credit_meter AFTER INSERT ON attempt BEGIN
  INSERT INTO metered (attempt, pulse, price, most)
  SELECT new.id, o.credit_pulse, o.credit_price,
    ((c.max_secs + o.credit_pulse - 1) / o.credit_pulse * o.credit_pulse
      * o.credit_price + 30) / 60
  FROM account o JOIN campaign c ON c.id = new.campaign
  WHERE o.id = new.account AND o.credit_price IS NOT NULL;
END;

-- What a call costs, once Bolna has confirmed its end: each pulse that was begun
-- while somebody talked.  Nothing where nobody answered, and for no second.
CREATE VIEW charge AS
SELECT m.attempt, -iif(d.answered AND secs > 0, ((CAST(secs / m.pulse AS INTEGER)
    + (secs / m.pulse > CAST(secs / m.pulse AS INTEGER)))
    * m.pulse * m.price + 30) / 60, 0) AS amount
FROM (SELECT attempt, final, verified, min(1e6, coalesce(talk_secs, line_secs,
  0.0)) AS secs FROM execution) e
JOIN metered m ON m.attempt = e.attempt
JOIN disposition d ON d.status = e.final
WHERE e.verified;

-- In the transaction that makes the end, or another length, known: whoever brings
-- it, and whatever becomes of its analysis.
CREATE TRIGGER credit_end_new AFTER INSERT ON execution
WHEN new.verified AND new.attempt IS NOT NULL BEGIN
  INSERT INTO credit (account, attempt, kind, amount)
  SELECT a.account, a.id, iif(EXISTS (SELECT 1 FROM credit
    WHERE attempt = a.id), 'correction', 'charge'), h.amount
    - coalesce((SELECT sum(amount) FROM credit WHERE attempt = a.id), 0) AS due
  FROM attempt a JOIN charge h ON h.attempt = a.id
  WHERE a.id = new.attempt AND due <> 0;
END;
CREATE TRIGGER credit_end AFTER UPDATE OF verified, attempt, final, talk_secs,
  line_secs ON execution
WHEN new.verified AND new.attempt IS NOT NULL BEGIN
  INSERT INTO credit (account, attempt, kind, amount)
  SELECT a.account, a.id, iif(EXISTS (SELECT 1 FROM credit
    WHERE attempt = a.id), 'correction', 'charge'), h.amount
    - coalesce((SELECT sum(amount) FROM credit WHERE attempt = a.id), 0) AS due
  FROM attempt a JOIN charge h ON h.attempt = a.id
  WHERE a.id = new.attempt AND due <> 0;
END;

-- When people of a country may be called, by law or stricter; a country without
-- a row is called by nobody.  Rows of one country add up.
CREATE TABLE calling_hours (
  country     TEXT NOT NULL,              -- ISO 3166
  purpose     TEXT NOT NULL,              -- of the campaign; '': any without a row
                                          -- of its own
  weekdays    TEXT NOT NULL,              -- all, mon-fri, ...
  window      TEXT NOT NULL,              -- HH:MM-HH:MM, local
  PRIMARY KEY (country, purpose, weekdays)
) STRICT, WITHOUT ROWID;

-- Registers of people who want no promotion: a list must have been compared
-- with them at most so many days before; 0: on the same day.
CREATE TABLE registry (
  country     TEXT PRIMARY KEY,           -- ISO 3166
  name        TEXT NOT NULL,              -- as people call it
  days        INTEGER NOT NULL            -- how long a scrub is good
) STRICT, WITHOUT ROWID;

-- Such comparisons, as people recorded them: "callsheet dnc scrub".
CREATE TABLE scrub (
  id          INTEGER PRIMARY KEY,        -- ours
  account     INTEGER NOT NULL REFERENCES account, -- whose list
  country     TEXT NOT NULL REFERENCES registry, -- with which register
  reference   TEXT NOT NULL,              -- the operator's receipt
  scrubbed_on TEXT NOT NULL,              -- YYYY-MM-DD
  numbers     INTEGER NOT NULL,           -- how many were compared
  added_at    INTEGER NOT NULL DEFAULT (unixepoch()) -- by our clock
) STRICT;

CREATE INDEX scrub_latest ON scrub (account, country, scrubbed_on);

-- What is no consent's source.
CREATE TABLE consent_refused (
  word        TEXT PRIMARY KEY            -- LIKE pattern for the whole cell
) STRICT, WITHOUT ROWID;

-- The outbox of the sheets: what is still to be written.  A row disappears when
-- done.
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

-- What other services are told or asked, each thing once: a row for every end
-- of a call that notify names, and for every alarm.  Rows stay when they are
-- over, so that nothing is posted again after success.
CREATE TABLE post (
  id          INTEGER PRIMARY KEY AUTOINCREMENT, -- ours
  kind        TEXT NOT NULL CHECK (kind IN ('slack', 'analysis', 'history')),
                                          -- to which service
  account     INTEGER NOT NULL REFERENCES account, -- with whose address or key
  attempt     INTEGER REFERENCES attempt ON DELETE CASCADE, -- the call it is
                                          -- about; NULL: an alarm
  text        TEXT,                       -- the alarm in words
  due_at      INTEGER,                    -- not before this; NULL: on its way, or
                                          -- over
  sent_at     INTEGER,                    -- committed just before the request;
                                          -- NULL: none is under way
  tries       INTEGER NOT NULL DEFAULT 0, -- begun so far
  doubt       INTEGER NOT NULL DEFAULT 0, -- 1: one got no answer and may have been
                                          -- taken
  error       TEXT,                       -- why the last try failed
  done_at     INTEGER,                    -- over: taken, or given up for the error
  created_at  INTEGER NOT NULL DEFAULT (unixepoch()), -- since when it waits
  UNIQUE (attempt, kind)
) STRICT;

CREATE INDEX post_due ON post (kind, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX post_out ON post (sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX post_given_up ON post (account, done_at)
  WHERE done_at IS NOT NULL AND error IS NOT NULL;

-- Which ends of calls are posted where: from callsheet.conf.
CREATE TABLE notify (
  campaign    INTEGER NOT NULL REFERENCES campaign, -- whose calls
  kind        TEXT NOT NULL,              -- as in post
  status      TEXT NOT NULL REFERENCES disposition, -- that end so
  PRIMARY KEY (campaign, kind, status)
) STRICT, WITHOUT ROWID;

-- In the transaction that makes the end known and confirmed, whoever brings it.
CREATE TRIGGER post_end_new AFTER INSERT ON execution
WHEN new.verified AND new.attempt IS NOT NULL BEGIN
  INSERT INTO post (kind, account, attempt, due_at)
  SELECT n.kind, a.account, a.id, unixepoch()
  FROM attempt a JOIN notify n ON n.campaign = a.campaign
    AND n.status = new.final
  WHERE a.id = new.attempt
  ON CONFLICT (attempt, kind) DO NOTHING;
END;
CREATE TRIGGER post_end AFTER UPDATE OF verified, attempt ON execution
WHEN new.verified AND new.attempt IS NOT NULL
  AND NOT (old.verified AND old.attempt IS NOT NULL) BEGIN
  INSERT INTO post (kind, account, attempt, due_at)
  SELECT n.kind, a.account, a.id, unixepoch()
  FROM attempt a JOIN notify n ON n.campaign = a.campaign
    AND n.status = new.final
  WHERE a.id = new.attempt
  ON CONFLICT (attempt, kind) DO NOTHING;
END;

-- An address or key that posts go to, while it fails.
CREATE TABLE lane (
  name        TEXT PRIMARY KEY,           -- slack acme, slack interviews, ...
  kind        TEXT NOT NULL,              -- as in post
  account     INTEGER NOT NULL REFERENCES account, -- whose it is
  until       INTEGER NOT NULL,           -- nothing goes there before this
  fails       INTEGER NOT NULL,           -- in a row
  refused     INTEGER NOT NULL,           -- 1: the address or key is not valid
  error       TEXT NOT NULL,              -- in words
  since       INTEGER NOT NULL DEFAULT (unixepoch()) -- of the first fail
) STRICT, WITHOUT ROWID;

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

-- Where a telephone number is at home: see places.sql.  The longest prefix of
-- its digits counts; without one nobody is called there.
CREATE TABLE place (
  prefix      TEXT PRIMARY KEY,           -- of an E.164 number, without "+"
  country     TEXT NOT NULL,              -- ISO 3166
  timezone    TEXT NOT NULL               -- IANA names as in hours
) STRICT, WITHOUT ROWID;

-- Then the sheets are read anew, and so they are when the host has come to know
-- a time zone.
CREATE TRIGGER place_new AFTER INSERT ON place BEGIN
  UPDATE campaign SET stamp = '' WHERE stamp <> '';
END;
CREATE TRIGGER place_changed AFTER UPDATE ON place BEGIN
  UPDATE campaign SET stamp = '' WHERE stamp <> '';
END;
CREATE TRIGGER place_gone AFTER DELETE ON place BEGIN
  UPDATE campaign SET stamp = '' WHERE stamp <> '';
END;
CREATE TRIGGER zone_known AFTER UPDATE OF problem ON hours
WHEN old.problem = 'timezone' AND new.problem IS NOT 'timezone' BEGIN
  UPDATE campaign SET stamp = '' WHERE id = new.campaign;
END;

-- What the conversation of a call led to.  Rules decide (dialer/outcome.c); a
-- person's choice wins, and each is kept.
CREATE TABLE outcome (
  id          INTEGER PRIMARY KEY AUTOINCREMENT, -- in the order of decision
  attempt     INTEGER REFERENCES attempt, -- of which call; NULL: there was none
  lead        INTEGER NOT NULL REFERENCES lead, -- of whom
  account     INTEGER NOT NULL REFERENCES account, -- the lead's
  source      TEXT NOT NULL CHECK (source IN ('rule', 'person')), -- who says so
  outcome     TEXT NOT NULL REFERENCES outcome_word, -- what it led to
  rule        TEXT NOT NULL,              -- by what: "field user_interested"; or
                                          -- where a person said so
  confidence  REAL NOT NULL,              -- 0 to 1
  span        TEXT NOT NULL DEFAULT '',   -- the words it rests on, quoted
  slot        TEXT NOT NULL DEFAULT '',   -- a time that was asked for, in words
  slot_at     INTEGER,                    -- the same, when it could be read
  note        TEXT,                       -- what a person should know of it
  decided_at  INTEGER NOT NULL DEFAULT (unixepoch()), -- by our clock
  applied_at  INTEGER                     -- NULL: the dialer has not seen it yet
) STRICT;

CREATE UNIQUE INDEX outcome_rule ON outcome (attempt) WHERE source = 'rule';
CREATE INDEX outcome_attempt ON outcome (attempt, id);
CREATE INDEX outcome_lead ON outcome (lead, id);
CREATE INDEX outcome_new ON outcome (id) WHERE applied_at IS NULL;
-- A row can be named by its key.
CREATE INDEX lead_key ON lead (key) WHERE key <> '';

-- Calls whose outcome is to be decided, because there is news of them.
CREATE TABLE outcome_due (
  attempt     INTEGER PRIMARY KEY REFERENCES attempt -- which
) STRICT;

-- What stands in a row's Outcome cell, so that a person's word is seen.
CREATE TABLE outcome_cell (
  lead        INTEGER PRIMARY KEY REFERENCES lead, -- whose row
  shown       TEXT NOT NULL DEFAULT '',   -- what we wrote, or read, last
  odd         TEXT                        -- a word that is none: left alone
) STRICT;

-- The words.
CREATE TABLE outcome_word (
  word        TEXT PRIMARY KEY,           -- confirmed, declined, ...
  needs       REAL NOT NULL,              -- less confidence is needs_review
  ends        INTEGER NOT NULL            -- 1: who is said to be so by a person is
                                          -- not called by itself any more
) STRICT, WITHOUT ROWID;

-- What the fields of an agent's extraction mean.  key and value are lower case
-- with "_" for every other character; yes and no are true and false.
CREATE TABLE outcome_field (
  key         TEXT NOT NULL,              -- its name in Bolna
  value       TEXT NOT NULL,              -- what it holds
  outcome     TEXT NOT NULL REFERENCES outcome_word, -- means this
  step        INTEGER NOT NULL,           -- 1: it states the outcome; 2: looked at
                                          -- when nothing does
  weight      REAL NOT NULL,              -- confidence, where Bolna gives none
  PRIMARY KEY (key, value)
) STRICT, WITHOUT ROWID;

-- Fields in which a time may stand, as text or as an object.
CREATE TABLE outcome_slot (
  key         TEXT PRIMARY KEY            -- its name in Bolna
) STRICT, WITHOUT ROWID;

-- What people say.  A pattern is words: a|b is either, call% begins so, * is up
-- to three words more, none of them a "not".  The longest that fits counts.
CREATE TABLE outcome_phrase (
  id          INTEGER PRIMARY KEY,        -- ours
  language    TEXT NOT NULL,              -- ISO 639; hi-Latn is Hinglish
  pattern     TEXT NOT NULL,              -- capitals and accents do not count
  -- a word of outcome_word; not: turns round what stands beside it; perhaps:
  -- makes its sentence doubtful; nothing: only looks like one of the others
  outcome     TEXT NOT NULL,
  weight      REAL NOT NULL,              -- confidence
  UNIQUE (language, pattern)
) STRICT;

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

CREATE TRIGGER wish_granted AFTER INSERT ON attempt BEGIN
  DELETE FROM wish WHERE lead = new.lead;
END;

-- What was last written to the tab "callsheet" of a spreadsheet that has one.
CREATE TABLE status_tab (
  book        TEXT PRIMARY KEY,           -- Google's id of the spreadsheet
  campaign    INTEGER NOT NULL REFERENCES campaign, -- one of those in it
  gid         INTEGER NOT NULL,           -- Google's id of the tab
  shown       TEXT NOT NULL DEFAULT '',   -- its lines, less the time of the pass
  rows        INTEGER NOT NULL DEFAULT 0, -- how many there are
  written_at  INTEGER NOT NULL DEFAULT 0, -- when that was
  due_at      INTEGER NOT NULL DEFAULT 0, -- no request before this
  problem     TEXT,                       -- why it cannot be written
  problem_at  INTEGER                     -- since when
) STRICT, WITHOUT ROWID;
-- What a language model makes of what was said: of each call by itself, and of
-- all calls of one number for one account.  Nobody is called for it.
CREATE TABLE analysis (
  id          INTEGER PRIMARY KEY,        -- ours
  account     INTEGER NOT NULL REFERENCES account, -- whose calls; never another's
  phone       TEXT NOT NULL,              -- E.164, the number that was called
  kind        TEXT NOT NULL CHECK (kind IN ('individual', 'complete')), -- one
                                          -- call, or all with this number
  call        INTEGER NOT NULL,           -- individual: its attempt; complete: 0
  attempt     INTEGER NOT NULL REFERENCES attempt ON DELETE CASCADE, -- the latest
                                          -- call that went into it
  -- done; refused: the model will not; filtered: the server will not; cut: too
  -- long; invalid: no answer, or against the schema; failed: all else
  state       TEXT NOT NULL CHECK (state IN ('done', 'refused', 'filtered', 'cut',
                'invalid', 'failed')),
  error       TEXT,                       -- why there is no (newer) result
  result      TEXT,                       -- JSON as in dialer/prompt/*.json; NULL:
                                          -- there was never one
  score       REAL,                       -- 0 to 100; complete: the average
  calls       INTEGER,                    -- complete: calls with a conversation
  model       TEXT NOT NULL,              -- that was asked
  response    TEXT NOT NULL DEFAULT '',   -- the server's id of its answer
  input_tokens  INTEGER NOT NULL,         -- of all tries
  output_tokens INTEGER NOT NULL,         -- likewise
  millis      INTEGER NOT NULL,           -- likewise, waited for answers
  at          INTEGER NOT NULL,           -- last asked
  done_at     INTEGER,                    -- since when the result stands
  UNIQUE (account, phone, kind, call)
) STRICT;

CREATE INDEX analysis_attempt ON analysis (attempt);
CREATE INDEX analysis_failed ON analysis (at)
  WHERE state IN ('cut', 'invalid', 'failed');

-- As soon as Bolna has confirmed an end and there is a transcript, whichever
-- comes last.
CREATE TRIGGER analysis_wanted_new AFTER INSERT ON execution
WHEN new.verified AND new.attempt IS NOT NULL AND trim(new.transcript) <> ''
BEGIN
  INSERT INTO post (kind, account, attempt, due_at)
  SELECT 'analysis', a.account, a.id, unixepoch()
  FROM attempt a JOIN account acc ON acc.id = a.account AND acc.analysed
  WHERE a.id = new.attempt
  ON CONFLICT (attempt, kind) DO NOTHING;
END;
CREATE TRIGGER analysis_wanted AFTER UPDATE OF verified, attempt, transcript
ON execution
WHEN new.verified AND new.attempt IS NOT NULL AND trim(new.transcript) <> ''
  AND NOT (old.verified AND old.attempt IS NOT NULL
    AND trim(coalesce(old.transcript, '')) <> '')
BEGIN
  INSERT INTO post (kind, account, attempt, due_at)
  SELECT 'analysis', a.account, a.id, unixepoch()
  FROM attempt a JOIN account acc ON acc.id = a.account AND acc.analysed
  WHERE a.id = new.attempt
  ON CONFLICT (attempt, kind) DO NOTHING;
END;

-- What analyses have cost, by day.
CREATE TABLE tokens (
  account     INTEGER NOT NULL REFERENCES account, -- whose key
  day         INTEGER NOT NULL,           -- since 1970, UTC
  requests    INTEGER NOT NULL DEFAULT 0, -- that were sent
  input       INTEGER NOT NULL DEFAULT 0, -- tokens, as the server counts
  output      INTEGER NOT NULL DEFAULT 0, -- likewise
  reserved    INTEGER NOT NULL DEFAULT 0, -- what requests on their way may take,
                                          -- and those whose end nobody has seen
  spent       INTEGER NOT NULL DEFAULT 0, -- 1: something waits for the next day
  PRIMARY KEY (account, day)
) STRICT, WITHOUT ROWID;

-- What a word or a number of an analysis stands for.  Policy: see policy.sql.
CREATE TABLE scale (
  name        TEXT NOT NULL,              -- intent: of a score from number on;
                                          -- sentiment: the number for the word
  word        TEXT NOT NULL,              -- as in a result
  number      INTEGER NOT NULL,           -- 0 to 100
  PRIMARY KEY (name, word)
) STRICT, WITHOUT ROWID;

-- Whom an account knows: from calls that were analysed, or entered by a person.
-- Nobody is called from here.
CREATE TABLE contact (
  id          INTEGER PRIMARY KEY,        -- ours
  account     INTEGER NOT NULL REFERENCES account, -- who knows them
  phone       TEXT,                       -- E.164, the number that was called
  email       TEXT COLLATE NOCASE,        -- as it was understood
  name        TEXT,                       -- the sheet's, else as it was heard
  other_phone TEXT,                       -- one more that they gave, in their words
  -- the source of each: the call; NULL: empty, or entered by a person
  phone_from  INTEGER REFERENCES attempt ON DELETE SET NULL, -- of phone
  email_from  INTEGER REFERENCES attempt ON DELETE SET NULL, -- of email
  name_from   INTEGER REFERENCES attempt ON DELETE SET NULL, -- of name
  created_at  INTEGER NOT NULL DEFAULT (unixepoch()), -- since when
  changed_at  INTEGER NOT NULL DEFAULT (unixepoch())  -- last filled
) STRICT;

CREATE UNIQUE INDEX contact_phone ON contact (account, phone);
CREATE UNIQUE INDEX contact_email ON contact (account, email);
CREATE INDEX contact_phone_from ON contact (phone_from);
CREATE INDEX contact_email_from ON contact (email_from);
CREATE INDEX contact_name_from ON contact (name_from);
