-- callsheet: what follows from calls: the cells of their rows, what they led to,
-- what Slack is told, what a language model makes of them, and whom an account
-- knows by now.

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

-- And anew when Bolna has more of what was said; of a request that is on its
-- way, when it is over.
CREATE TRIGGER analysis_grown AFTER UPDATE OF transcript ON execution
WHEN old.verified AND trim(old.transcript) <> '' AND new.attempt IS NOT NULL
  AND length(new.transcript) > length(old.transcript)
BEGIN
  UPDATE post SET due_at = unixepoch(), done_at = NULL, tries = 0, error = NULL
  WHERE attempt = new.attempt AND kind = 'analysis' AND due_at IS NULL
    AND EXISTS (SELECT 1 FROM account WHERE id = post.account AND analysed);
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
