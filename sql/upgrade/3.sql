-- Who may be called, when, how often and for how much: decisions.
ALTER TABLE account ADD COLUMN max_live INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN rate INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN wallet_floor INTEGER;
ALTER TABLE account ADD COLUMN wallet INTEGER;
ALTER TABLE account ADD COLUMN concurrency INTEGER;
ALTER TABLE account ADD COLUMN asked_at INTEGER;
ALTER TABLE account ADD COLUMN forgiven_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX suppression_heard ON suppression (account, added_at)
  WHERE source = 'call';
ALTER TABLE campaign ADD COLUMN purpose TEXT NOT NULL DEFAULT '';
ALTER TABLE campaign ADD COLUMN disclosed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaign ADD COLUMN series TEXT NOT NULL DEFAULT '';
ALTER TABLE campaign ADD COLUMN enforce_series INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaign ADD COLUMN last_secs INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaign ADD COLUMN minute_cost INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaign ADD COLUMN call_cost INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaign ADD COLUMN spent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaign ADD COLUMN dry_run INTEGER NOT NULL DEFAULT 1;
ALTER TABLE attempt ADD COLUMN from_number TEXT NOT NULL DEFAULT '';

-- Each sheet is read anew: country and consent of a lead come from there.
UPDATE campaign SET stamp = '';
DROP VIEW IF EXISTS due;
DROP VIEW IF EXISTS next;
DROP TABLE zone;
CREATE TABLE hours (
  campaign    INTEGER NOT NULL REFERENCES campaign,
  country     TEXT NOT NULL,
  timezone    TEXT NOT NULL,
  opens_at    INTEGER,
  closes_at   INTEGER,
  again_at    INTEGER,
  problem     TEXT,
  PRIMARY KEY (campaign, country, timezone)
) STRICT, WITHOUT ROWID;

DROP INDEX lead_due;
ALTER TABLE lead ADD COLUMN country TEXT NOT NULL DEFAULT '';
ALTER TABLE lead ADD COLUMN timezone_from TEXT NOT NULL DEFAULT '';
ALTER TABLE lead ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lead ADD COLUMN consent TEXT NOT NULL DEFAULT '';
ALTER TABLE lead ADD COLUMN consent_on TEXT NOT NULL DEFAULT '';
ALTER TABLE lead ADD COLUMN put_off INTEGER;
ALTER TABLE lead ADD COLUMN due_at INTEGER GENERATED ALWAYS AS
  (max(next_at, coalesce(put_off, 0))) VIRTUAL;
CREATE INDEX lead_due ON lead (campaign, due_at, priority)
  WHERE next_at IS NOT NULL AND held IS NULL AND present;

CREATE TABLE rule (
  rank        INTEGER PRIMARY KEY,
  name        TEXT NOT NULL UNIQUE,
  verdict     TEXT NOT NULL CHECK (verdict IN ('call', 'put off', 'block')),
  says        TEXT NOT NULL
) STRICT;

CREATE TABLE decision (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  at          INTEGER NOT NULL DEFAULT (unixepoch()),
  campaign    INTEGER NOT NULL REFERENCES campaign,
  lead        INTEGER REFERENCES lead,
  verdict     TEXT NOT NULL CHECK (verdict IN ('call', 'put off', 'block')),
  rule        TEXT NOT NULL,
  facts       TEXT NOT NULL DEFAULT '{}',
  next_at     INTEGER,
  settings    TEXT
) STRICT;

CREATE INDEX decision_lead ON decision (lead, id) WHERE lead IS NOT NULL;
CREATE INDEX decision_campaign ON decision (campaign, id) WHERE lead IS NULL;
CREATE INDEX decision_at ON decision (at);

CREATE TABLE settings (
  hash        TEXT PRIMARY KEY,
  text        TEXT NOT NULL,
  since       INTEGER NOT NULL DEFAULT (unixepoch())
) STRICT, WITHOUT ROWID;

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
CREATE TRIGGER lead_judged_anew AFTER UPDATE OF next_at, phone, country, timezone,
  consent, consent_on, variables ON lead
WHEN new.put_off IS NOT NULL AND new.put_off IS old.put_off BEGIN
  UPDATE lead SET put_off = NULL WHERE id = new.id;
END;

CREATE TABLE budget (
  account     INTEGER NOT NULL REFERENCES account,
  name        TEXT NOT NULL,
  secs        INTEGER NOT NULL,
  calls       INTEGER NOT NULL,
  PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE cap (
  account     INTEGER NOT NULL REFERENCES account,
  campaign    INTEGER NOT NULL,
  name        TEXT NOT NULL CHECK (name IN ('pass', 'day', 'total')),
  amount      INTEGER NOT NULL,
  PRIMARY KEY (account, campaign, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  account     INTEGER NOT NULL REFERENCES account,
  campaign    INTEGER NOT NULL REFERENCES campaign,
  attempt     INTEGER NOT NULL REFERENCES attempt,
  at          INTEGER NOT NULL,
  entered_at  INTEGER NOT NULL DEFAULT (unixepoch()),
  amount      INTEGER NOT NULL
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
CREATE TRIGGER ledger_cost AFTER UPDATE OF cost_cents ON execution
WHEN new.attempt IS NOT NULL AND new.cost_cents IS NOT old.cost_cents BEGIN
  INSERT INTO ledger (account, campaign, attempt, at, amount)
  SELECT a.account, a.campaign, a.id, a.claimed_at, p.amount
    - coalesce((SELECT sum(amount) FROM ledger WHERE attempt = a.id), 0) AS due
  FROM attempt a JOIN price p ON p.attempt = a.id
  WHERE a.id = new.attempt AND a.state = 'done' AND due <> 0;
END;

CREATE TABLE calling_hours (
  country     TEXT NOT NULL,
  purpose     TEXT NOT NULL,
  weekdays    TEXT NOT NULL,
  window      TEXT NOT NULL,
  PRIMARY KEY (country, purpose, weekdays)
) STRICT, WITHOUT ROWID;

CREATE TABLE registry (
  country     TEXT PRIMARY KEY,
  name        TEXT NOT NULL,
  days        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE scrub (
  id          INTEGER PRIMARY KEY,
  account     INTEGER NOT NULL REFERENCES account,
  country     TEXT NOT NULL REFERENCES registry,
  reference   TEXT NOT NULL,
  scrubbed_on TEXT NOT NULL,
  numbers     INTEGER NOT NULL,
  added_at    INTEGER NOT NULL DEFAULT (unixepoch())
) STRICT;

CREATE INDEX scrub_latest ON scrub (account, country, scrubbed_on);

CREATE TABLE consent_refused (
  word        TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

INSERT INTO rule (rank, name, verdict, says) VALUES
  (10, 'gone', 'block', 'its row is gone from the sheet'),
  (11, 'phone', 'block', 'the phone number cannot be read'),
  (12, 'duplicate', 'block', 'another row is the same person'),
  (13, 'variables', 'block', 'its other columns hold more than Bolna takes'),
  (14, 'control', 'block', 'Control says something that callsheet does not know'),
  (15, 'pause', 'block', 'Control says pause'),
  (16, 'dnc', 'block', 'the number is on the do-not-call list'),
  (17, 'status', 'block', 'Status was filled in by somebody else'),
  (18, 'rejected', 'block', 'Bolna refused the call'),
  (19, 'review', 'block', 'a person must find out whether it was called'),
  (20, 'redialled', 'block', 'Bolna redials by itself'),
  (21, 'other_row', 'block', 'another row with this number was called'),
  (22, 'over', 'block', 'it was called, and nothing follows by itself'),
  (23, 'max_attempts', 'block', 'all attempts of the campaign are used up'),
  (24, 'life', 'block', 'the number was called as often as it ever may be'),
  (25, 'country', 'block', 'no calling hours are known for the country'),
  (26, 'timezone', 'block', 'the time zone is not known'),
  (27, 'never', 'block', 'the calling hours leave no time in the next weeks'),
  (28, 'consent', 'block', 'promotion needs a consent, its source and its date'),
  (29, 'registry', 'block', 'the list was not compared with the register'),
  (30, 'live', 'put off', 'the number is on the line'),
  (31, 'wait', 'put off', 'its next time has not come'),
  (40, 'removed', 'block', 'the campaign is no longer in the settings'),
  (41, 'sheet', 'put off', 'the sheet cannot be used'),
  (42, 'paused', 'put off', 'the campaign is paused'),
  (43, 'stopped', 'put off', 'dialling is stopped'),
  (44, 'purpose', 'block', 'the campaign has no purpose'),
  (45, 'disclosure', 'block', 'it is not confirmed that the agent says it is an AI'),
  (46, 'series', 'block', 'the caller number is not of the series for this purpose'),
  (47, 'cap', 'put off', 'the money set aside is used up'),
  (48, 'wallet', 'put off', 'the wallet at Bolna is down to its floor'),
  (49, 'hours', 'put off', 'outside the calling hours'),
  (50, 'gap', 'put off', 'the number was called a moment ago'),
  (51, 'day', 'put off', 'the number was called often enough for a day'),
  (52, 'week', 'put off', 'the number was called often enough for a week'),
  (53, 'month', 'put off', 'the number was called often enough for a month'),
  (60, 'dry_run', 'put off', 'dry_run is on: nobody is called'),
  (70, 'turn', 'call', 'nothing speaks against it');

INSERT INTO calling_hours VALUES
  ('IN', 'promotional', 'all',     '10:00-21:00'),
  ('IN', '',            'all',     '09:00-21:00'),
  ('US', '',            'all',     '08:00-20:00'),
  ('CA', '',            'mon-fri', '09:00-20:00'),
  ('CA', '',            'sat-sun', '10:00-18:00');

INSERT INTO registry VALUES ('IN', 'NCPR (DND)', 0),
  ('US', 'National Do Not Call Registry', 31), ('CA', 'National DNCL', 31);

INSERT INTO consent_refused VALUES ('bought'), ('purchased'), ('rented'),
  ('scraped'), ('broker');

-- What was spent so far.
INSERT INTO ledger (account, campaign, attempt, at, amount)
SELECT a.account, a.campaign, a.id, a.claimed_at, p.amount
FROM attempt a JOIN price p ON p.attempt = a.id WHERE p.amount <> 0;

-- Filled from sql/places.sql.
CREATE TABLE place (
  prefix      TEXT PRIMARY KEY,
  country     TEXT NOT NULL,
  timezone    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- People can be erased, and what is old is pruned.
ALTER TABLE suppression ADD COLUMN erased_at INTEGER;
ALTER TABLE execution ADD COLUMN pruned_at INTEGER;
CREATE TABLE erased (
  mark        TEXT PRIMARY KEY,
  at          INTEGER NOT NULL DEFAULT (unixepoch())
) STRICT, WITHOUT ROWID;
CREATE TABLE retention (
  class       TEXT PRIMARY KEY,
  days        INTEGER CHECK (days >= 0),
  note        TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO retention (class, days, note) VALUES
  ('transcripts', 90,   'transcript, summary, extraction and the recording''s address'),
  ('payloads',    30,   'what Bolna said, word for word'),
  ('quarantine',  30,   'bodies that were not understood'),
  ('refused',     90,   'senders that were not admitted'),
  ('runs',        30,   'passes of the dialer'),
  ('decisions',   1826, 'why somebody was called or not'),
  ('do-not-call', 1826, 'entries that were taken off the list');
