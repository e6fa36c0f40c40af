-- The tables and rows of version 1, as installations made them: what an upgrade
-- meets.

CREATE TABLE account (
  id          INTEGER PRIMARY KEY,
  name        TEXT NOT NULL UNIQUE,
  active      INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE campaign (
  id             INTEGER PRIMARY KEY,
  account        INTEGER NOT NULL REFERENCES account,
  name           TEXT NOT NULL UNIQUE,
  agent_id       TEXT NOT NULL,
  sheet          TEXT NOT NULL,
  timezone       TEXT NOT NULL,
  calls_per_pass INTEGER NOT NULL,
  gap_secs       INTEGER NOT NULL,
  max_live       INTEGER NOT NULL,
  max_attempts   INTEGER NOT NULL,
  active         INTEGER NOT NULL DEFAULT 1,
  imported_at    INTEGER,
  stamp          TEXT NOT NULL DEFAULT '',
  problem        TEXT,
  problem_at     INTEGER
) STRICT;

CREATE TABLE zone (
  campaign    INTEGER NOT NULL REFERENCES campaign,
  timezone    TEXT NOT NULL,
  opens_at    INTEGER,
  closes_at   INTEGER,
  PRIMARY KEY (campaign, timezone)
) STRICT, WITHOUT ROWID;

CREATE TABLE lead (
  id             INTEGER PRIMARY KEY,
  campaign       INTEGER NOT NULL REFERENCES campaign,
  key            TEXT NOT NULL DEFAULT '',
  phone          TEXT NOT NULL,
  name           TEXT NOT NULL DEFAULT '',
  variables      TEXT NOT NULL DEFAULT '{}',
  timezone       TEXT NOT NULL,
  control        TEXT NOT NULL DEFAULT '',
  status_cell    TEXT NOT NULL DEFAULT '',
  present        INTEGER NOT NULL DEFAULT 1,
  held           TEXT,
  held_note      TEXT,
  next_at        INTEGER,
  granted        INTEGER NOT NULL DEFAULT 0,
  cell_execution TEXT NOT NULL DEFAULT '',
  cell_status    TEXT NOT NULL DEFAULT '',
  created_at     INTEGER NOT NULL DEFAULT (unixepoch())
) STRICT;

CREATE INDEX lead_identity ON lead (campaign, phone, key);
CREATE INDEX lead_phone ON lead (phone);
CREATE INDEX lead_present ON lead (campaign) WHERE present;
CREATE INDEX lead_held ON lead (campaign, held) WHERE held IS NOT NULL;
CREATE INDEX lead_due ON lead (campaign, next_at)
  WHERE next_at IS NOT NULL AND held IS NULL AND present;

CREATE TABLE attempt (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  lead        INTEGER NOT NULL REFERENCES lead,
  campaign    INTEGER NOT NULL REFERENCES campaign,
  account     INTEGER NOT NULL REFERENCES account,
  phone       TEXT NOT NULL,
  token       TEXT NOT NULL UNIQUE,
  state       TEXT NOT NULL CHECK (state IN ('intent', 'sending', 'accepted',
                'unknown', 'done', 'rejected', 'released')),
  execution   TEXT UNIQUE,
  claimed_at  INTEGER NOT NULL DEFAULT (unixepoch()),
  sent_at     INTEGER,
  ended_at    INTEGER,
  http_status INTEGER,
  note        TEXT,
  look_at     INTEGER,
  looks       INTEGER NOT NULL DEFAULT 0,
  first_look  INTEGER
) STRICT;

CREATE UNIQUE INDEX attempt_live ON attempt (account, phone)
  WHERE state IN ('intent', 'sending', 'accepted', 'unknown');
CREATE INDEX attempt_open ON attempt (campaign, state)
  WHERE state IN ('intent', 'sending', 'accepted', 'unknown');
CREATE INDEX attempt_unknown ON attempt (look_at) WHERE state = 'unknown';
CREATE INDEX attempt_lead ON attempt (lead);
CREATE INDEX attempt_phone ON attempt (phone, campaign);
CREATE INDEX attempt_campaign ON attempt (campaign, sent_at);

CREATE TABLE event (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  execution   TEXT NOT NULL,
  digest      BLOB NOT NULL,
  source      TEXT NOT NULL CHECK (source IN ('webhook', 'get', 'list')),
  received_at INTEGER NOT NULL DEFAULT (unixepoch()),
  body        TEXT NOT NULL,
  UNIQUE (execution, source, digest)
) STRICT;

CREATE TABLE execution (
  id              TEXT PRIMARY KEY NOT NULL,
  attempt         INTEGER UNIQUE REFERENCES attempt,
  account         INTEGER REFERENCES account,
  agent_id        TEXT NOT NULL DEFAULT '',
  phone           TEXT NOT NULL DEFAULT '',
  stage           TEXT NOT NULL DEFAULT '',
  final           TEXT NOT NULL DEFAULT '',
  verified        INTEGER NOT NULL DEFAULT 0,
  talk_secs       REAL,
  line_secs       REAL,
  cost_cents      REAL,
  transcript      TEXT,
  summary         TEXT,
  recording       TEXT,
  extraction      TEXT,
  error           TEXT,
  smart_status    TEXT,
  odd_status      TEXT,
  hangup_by       TEXT,
  hangup_reason   TEXT,
  hangup_code     TEXT,
  voicemail       INTEGER,
  retry_count     INTEGER NOT NULL DEFAULT 0,
  ringing_at      INTEGER,
  answered_at     INTEGER,
  disconnected_at INTEGER,
  ended_at        INTEGER,
  head_rank       INTEGER NOT NULL DEFAULT -1,
  head_at         INTEGER NOT NULL DEFAULT 0,
  head_digest     BLOB,
  first_at        INTEGER NOT NULL DEFAULT (unixepoch()),
  last_at         INTEGER NOT NULL DEFAULT (unixepoch()),
  confirm_at      INTEGER,
  confirms        INTEGER NOT NULL DEFAULT 0,
  asked_at        INTEGER
) STRICT;

CREATE INDEX execution_confirm ON execution (confirm_at)
  WHERE confirm_at IS NOT NULL;
CREATE INDEX execution_redialled ON execution (last_at) WHERE retry_count > 0;
CREATE INDEX execution_stray ON execution (asked_at) WHERE attempt IS NULL;

CREATE TABLE disposition (
  status      TEXT PRIMARY KEY,
  means       TEXT NOT NULL,
  shown       TEXT NOT NULL,
  rank        INTEGER NOT NULL,
  final       INTEGER NOT NULL,
  answered    INTEGER NOT NULL,
  ask_after   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE retry_rule (
  status      TEXT PRIMARY KEY REFERENCES disposition,
  after_secs  INTEGER NOT NULL,
  max_tries   INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE suppression (
  account     INTEGER NOT NULL REFERENCES account,
  phone       TEXT NOT NULL,
  source      TEXT NOT NULL,
  added_at    INTEGER NOT NULL DEFAULT (unixepoch()),
  PRIMARY KEY (account, phone)
) STRICT, WITHOUT ROWID;

CREATE TABLE delivery (
  id          INTEGER PRIMARY KEY,
  kind        TEXT NOT NULL CHECK (kind IN ('sheet')),
  campaign    INTEGER NOT NULL REFERENCES campaign,
  lead        INTEGER NOT NULL REFERENCES lead,
  rev         INTEGER NOT NULL DEFAULT 1,
  wipe        INTEGER NOT NULL DEFAULT 0,
  due_at      INTEGER NOT NULL,
  tries       INTEGER NOT NULL DEFAULT 0,
  error       TEXT,
  created_at  INTEGER NOT NULL DEFAULT (unixepoch()),
  UNIQUE (kind, lead)
) STRICT;

CREATE INDEX delivery_due ON delivery (kind, campaign, due_at);

CREATE TABLE breaker (
  account     INTEGER NOT NULL REFERENCES account,
  name        TEXT NOT NULL,
  opened_at   INTEGER NOT NULL DEFAULT (unixepoch()),
  until       INTEGER NOT NULL,
  reason      TEXT NOT NULL,
  PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  received_at INTEGER NOT NULL DEFAULT (unixepoch()),
  address     TEXT NOT NULL,
  reason      TEXT NOT NULL,
  size        INTEGER NOT NULL,
  body        BLOB NOT NULL
) STRICT;

CREATE TABLE refused (
  address     TEXT PRIMARY KEY,
  count       INTEGER NOT NULL,
  with_secret INTEGER NOT NULL,
  reason      TEXT NOT NULL,
  first_at    INTEGER NOT NULL DEFAULT (unixepoch()),
  last_at     INTEGER NOT NULL DEFAULT (unixepoch())
) STRICT, WITHOUT ROWID;

CREATE TABLE quota (
  email       TEXT NOT NULL,
  minute      INTEGER NOT NULL,
  reads       INTEGER NOT NULL DEFAULT 0,
  writes      INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (email, minute)
) STRICT, WITHOUT ROWID;

CREATE TABLE run (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  started_at  INTEGER NOT NULL DEFAULT (unixepoch()),
  ended_at    INTEGER,
  pid         INTEGER NOT NULL,
  imported    INTEGER NOT NULL DEFAULT 0,
  placed      INTEGER NOT NULL DEFAULT 0,
  confirmed   INTEGER NOT NULL DEFAULT 0,
  synced      INTEGER NOT NULL DEFAULT 0,
  problems    INTEGER NOT NULL DEFAULT 0,
  status      INTEGER
) STRICT;
CREATE INDEX run_started ON run (started_at);

INSERT INTO disposition
  (status, means, shown, rank, final, answered, ask_after) VALUES
  ('scheduled',         'scheduled',         'initiated',         1, 0, 0, 900),
  ('prepared',          'prepared',          'initiated',         2, 0, 0, 900),
  ('queued',            'queued',            'initiated',         3, 0, 0, 900),
  ('rescheduled',       'rescheduled',       'rescheduled',       3, 0, 0, 900),
  ('initiated',         'initiated',         'initiated',         4, 0, 0, 900),
  ('ringing',           'ringing',           'ringing',           5, 0, 0, 900),
  ('in-progress',       'in-progress',       'answered',          6, 0, 1, 900),
  ('call-disconnected', 'call-disconnected', 'call-disconnected', 7, 0, 1, 60),
  ('completed',         'completed',         'completed',         8, 1, 1, 0),
  ('no-answer',         'no-answer',         'no-answer',         8, 1, 0, 0),
  ('busy',              'busy',              'busy',              8, 1, 0, 0),
  ('failed',            'failed',            'failed',            8, 1, 0, 0),
  ('error',             'error',             'failed',            8, 1, 0, 0),
  ('canceled',          'canceled',          'canceled',          8, 1, 0, 0),
  ('stopped',           'stopped',           'stopped',           8, 1, 0, 0),
  ('balance-low',       'balance-low',       'balance-low',       8, 1, 0, 0);

INSERT INTO disposition
  (status, means, shown, rank, final, answered, ask_after)
  SELECT other.column1, d.status, d.shown, d.rank, d.final, d.answered,
    d.ask_after
  FROM (VALUES
    ('answered',     'in-progress'),       ('inprogress',   'in-progress'),
    ('ongoing',      'in-progress'),       ('connected',    'in-progress'),
    ('disconnected', 'call-disconnected'), ('done',         'completed'),
    ('ended',        'completed'),         ('noanswer',     'no-answer'),
    ('not-answered', 'no-answer'),         ('rejected',     'busy'),
    ('cancelled',    'canceled'),          ('calldisconnected',
                                             'call-disconnected'),
    ('dialing',      'initiated'),         ('calling',      'ringing')
  ) AS other
  JOIN disposition d ON d.status = other.column2;

INSERT INTO retry_rule (status, after_secs, max_tries) VALUES
  ('busy',      600, NULL),
  ('no-answer', 600, NULL),
  ('failed',    600, NULL),
  ('error',     600, 2);
