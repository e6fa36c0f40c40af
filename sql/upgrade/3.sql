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

-- Spellings of other programs around Bolna.
INSERT OR IGNORE INTO disposition
  (status, means, shown, rank, final, answered, ask_after)
  SELECT other.column1, d.status, d.shown, d.rank, d.final, d.answered,
    d.ask_after
  FROM (VALUES
    ('active',       'in-progress'),       ('live',         'in-progress'),
    ('hangup',       'call-disconnected'), ('finished',     'completed'),
    ('voicemail',    'completed'),         ('vm',           'completed'),
    ('notconnected', 'no-answer'),         ('not-connected', 'no-answer'),
    ('declined',     'busy'),              ('unreachable',  'failed'),
    ('timeout',      'failed')
  ) AS other
  JOIN disposition d ON d.status = other.column2;

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
ALTER TABLE lead ADD COLUMN put_off_by TEXT;
ALTER TABLE lead ADD COLUMN due_at INTEGER GENERATED ALWAYS AS
  (max(next_at, coalesce(put_off, 0))) VIRTUAL;
CREATE INDEX lead_due ON lead (campaign, due_at, priority)
  WHERE next_at IS NOT NULL AND held IS NULL AND present;
CREATE INDEX lead_put_off ON lead (campaign, put_off_by, put_off)
  WHERE put_off IS NOT NULL AND next_at IS NOT NULL AND held IS NULL AND present;
DROP INDEX lead_held;
CREATE INDEX lead_held ON lead (campaign, held)
  WHERE held IS NOT NULL AND present;

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
CREATE TRIGGER attempt_over AFTER UPDATE OF state ON attempt
WHEN old.state IN ('intent', 'sending', 'accepted', 'unknown')
  AND new.state NOT IN ('intent', 'sending', 'accepted', 'unknown') BEGIN
  UPDATE lead SET put_off = NULL
  WHERE phone = new.phone AND put_off IS NOT NULL;
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

CREATE TABLE checked (
  build       TEXT PRIMARY KEY,
  cookie      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What was spent so far.
INSERT INTO ledger (account, campaign, attempt, at, amount)
SELECT a.account, a.campaign, a.id, a.claimed_at, p.amount
FROM attempt a JOIN price p ON p.attempt = a.id WHERE p.amount <> 0;

-- The console: its list of calls by account, and what its charts add up.
CREATE INDEX attempt_account ON attempt (account) WHERE state <> 'released';
CREATE TABLE tally (
  campaign    INTEGER NOT NULL REFERENCES campaign,
  slot        INTEGER NOT NULL,
  final       TEXT NOT NULL,
  calls       INTEGER NOT NULL,
  answered    INTEGER NOT NULL,
  talk_secs   REAL NOT NULL,
  cost_cents  REAL NOT NULL,
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
INSERT INTO tally
SELECT campaign, slot, final, count(*), sum(answered), total(talk_secs),
  total(cost_cents)
FROM confirmed GROUP BY campaign, slot, final;

-- Filled, as the tables of policy above and below, from sql/places.sql,
-- rules.sql and outcomes.sql.
CREATE TABLE place (
  prefix      TEXT PRIMARY KEY,
  country     TEXT NOT NULL,
  timezone    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
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

-- What the conversations led to; finished calls are looked at once more.
CREATE TABLE outcome (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  attempt     INTEGER REFERENCES attempt,
  lead        INTEGER NOT NULL REFERENCES lead,
  account     INTEGER NOT NULL REFERENCES account,
  source      TEXT NOT NULL CHECK (source IN ('rule', 'person')),
  outcome     TEXT NOT NULL REFERENCES outcome_word,
  rule        TEXT NOT NULL,
  confidence  REAL NOT NULL,
  span        TEXT NOT NULL DEFAULT '',
  slot        TEXT NOT NULL DEFAULT '',
  slot_at     INTEGER,
  note        TEXT,
  decided_at  INTEGER NOT NULL DEFAULT (unixepoch()),
  applied_at  INTEGER
) STRICT;

CREATE UNIQUE INDEX outcome_rule ON outcome (attempt) WHERE source = 'rule';
CREATE INDEX outcome_attempt ON outcome (attempt, id);
CREATE INDEX outcome_lead ON outcome (lead, id);
CREATE INDEX outcome_new ON outcome (id) WHERE applied_at IS NULL;
CREATE INDEX lead_key ON lead (key) WHERE key <> '';

CREATE TABLE outcome_due (
  attempt     INTEGER PRIMARY KEY REFERENCES attempt
) STRICT;

CREATE TABLE outcome_cell (
  lead        INTEGER PRIMARY KEY REFERENCES lead,
  shown       TEXT NOT NULL DEFAULT '',
  odd         TEXT
) STRICT;

CREATE TABLE outcome_word (
  word        TEXT PRIMARY KEY,
  needs       REAL NOT NULL,
  ends        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE outcome_field (
  key         TEXT NOT NULL,
  value       TEXT NOT NULL,
  outcome     TEXT NOT NULL REFERENCES outcome_word,
  step        INTEGER NOT NULL,
  weight      REAL NOT NULL,
  PRIMARY KEY (key, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE outcome_slot (
  key         TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE outcome_phrase (
  id          INTEGER PRIMARY KEY,
  language    TEXT NOT NULL,
  pattern     TEXT NOT NULL,
  outcome     TEXT NOT NULL,
  weight      REAL NOT NULL,
  UNIQUE (language, pattern)
) STRICT;

INSERT INTO outcome_due (attempt)
SELECT e.attempt FROM execution e WHERE e.verified AND e.attempt IS NOT NULL;

-- What other services are told or asked.
CREATE TABLE post (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  kind        TEXT NOT NULL CHECK (kind IN ('slack', 'analysis', 'history')),
  account     INTEGER NOT NULL REFERENCES account,
  attempt     INTEGER REFERENCES attempt ON DELETE CASCADE,
  text        TEXT,
  due_at      INTEGER,
  sent_at     INTEGER,
  tries       INTEGER NOT NULL DEFAULT 0,
  doubt       INTEGER NOT NULL DEFAULT 0,
  error       TEXT,
  done_at     INTEGER,
  created_at  INTEGER NOT NULL DEFAULT (unixepoch()),
  UNIQUE (attempt, kind)
) STRICT;

CREATE INDEX post_due ON post (kind, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX post_out ON post (sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX post_given_up ON post (account, done_at)
  WHERE done_at IS NOT NULL AND error IS NOT NULL;

CREATE TABLE notify (
  campaign    INTEGER NOT NULL REFERENCES campaign,
  kind        TEXT NOT NULL,
  status      TEXT NOT NULL REFERENCES disposition,
  PRIMARY KEY (campaign, kind, status)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE lane (
  name        TEXT PRIMARY KEY,
  kind        TEXT NOT NULL,
  account     INTEGER NOT NULL REFERENCES account,
  until       INTEGER NOT NULL,
  fails       INTEGER NOT NULL,
  refused     INTEGER NOT NULL,
  error       TEXT NOT NULL,
  since       INTEGER NOT NULL DEFAULT (unixepoch())
) STRICT, WITHOUT ROWID;

-- Whom a person has asked to be called next.
CREATE TABLE wish (
  lead        INTEGER PRIMARY KEY REFERENCES lead ON DELETE CASCADE,
  asked_at    INTEGER NOT NULL,
  next_at     INTEGER,
  granted     INTEGER NOT NULL,
  held        TEXT,
  held_note   TEXT
) STRICT;

CREATE TRIGGER wish_granted AFTER INSERT ON attempt BEGIN
  DELETE FROM wish WHERE lead = new.lead;
END;

CREATE TABLE status_tab (
  book        TEXT PRIMARY KEY,
  campaign    INTEGER NOT NULL REFERENCES campaign,
  gid         INTEGER NOT NULL,
  shown       TEXT NOT NULL DEFAULT '',
  rows        INTEGER NOT NULL DEFAULT 0,
  written_at  INTEGER NOT NULL DEFAULT 0,
  due_at      INTEGER NOT NULL DEFAULT 0,
  problem     TEXT,
  problem_at  INTEGER
) STRICT, WITHOUT ROWID;
-- What was said, analysed.
ALTER TABLE account ADD COLUMN analysed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN stored_prompt INTEGER NOT NULL DEFAULT 0;
CREATE TABLE analysis (
  id          INTEGER PRIMARY KEY,
  account     INTEGER NOT NULL REFERENCES account,
  phone       TEXT NOT NULL,
  kind        TEXT NOT NULL CHECK (kind IN ('individual', 'complete')),
  call        INTEGER NOT NULL,
  attempt     INTEGER NOT NULL REFERENCES attempt ON DELETE CASCADE,
  state       TEXT NOT NULL CHECK (state IN ('done', 'refused', 'filtered', 'cut',
                'invalid', 'failed')),
  error       TEXT,
  result      TEXT,
  score       REAL,
  calls       INTEGER,
  model       TEXT NOT NULL,
  response    TEXT NOT NULL DEFAULT '',
  input_tokens  INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  millis      INTEGER NOT NULL,
  at          INTEGER NOT NULL,
  done_at     INTEGER,
  UNIQUE (account, phone, kind, call)
) STRICT;

CREATE INDEX analysis_attempt ON analysis (attempt);
CREATE INDEX analysis_failed ON analysis (at)
  WHERE state IN ('cut', 'invalid', 'failed');
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
CREATE TABLE tokens (
  account     INTEGER NOT NULL REFERENCES account,
  day         INTEGER NOT NULL,
  requests    INTEGER NOT NULL DEFAULT 0,
  input       INTEGER NOT NULL DEFAULT 0,
  output      INTEGER NOT NULL DEFAULT 0,
  reserved    INTEGER NOT NULL DEFAULT 0,
  spent       INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (account, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE scale (
  name        TEXT NOT NULL,
  word        TEXT NOT NULL,
  number      INTEGER NOT NULL,
  PRIMARY KEY (name, word)
) STRICT, WITHOUT ROWID;
CREATE TABLE contact (
  id          INTEGER PRIMARY KEY,
  account     INTEGER NOT NULL REFERENCES account,
  phone       TEXT,
  email       TEXT COLLATE NOCASE,
  name        TEXT,
  other_phone TEXT,
  phone_from  INTEGER REFERENCES attempt ON DELETE SET NULL,
  email_from  INTEGER REFERENCES attempt ON DELETE SET NULL,
  name_from   INTEGER REFERENCES attempt ON DELETE SET NULL,
  created_at  INTEGER NOT NULL DEFAULT (unixepoch()),
  changed_at  INTEGER NOT NULL DEFAULT (unixepoch())
) STRICT;

CREATE UNIQUE INDEX contact_phone ON contact (account, phone);
CREATE UNIQUE INDEX contact_email ON contact (account, email);
CREATE INDEX contact_phone_from ON contact (phone_from);
CREATE INDEX contact_email_from ON contact (email_from);
CREATE INDEX contact_name_from ON contact (name_from);

INSERT INTO scale (name, word, number) VALUES
  ('intent', 'very high', 80), ('intent', 'high', 60), ('intent', 'medium', 40),
  ('intent', 'low', 20), ('intent', 'very low', 0),
  ('sentiment', 'positive', 80), ('sentiment', 'neutral', 50),
  ('sentiment', 'negative', 20);

ALTER TABLE account ADD COLUMN credit_price INTEGER;
ALTER TABLE account ADD COLUMN credit_pulse INTEGER NOT NULL DEFAULT 60;
ALTER TABLE account ADD COLUMN credit_levels TEXT NOT NULL DEFAULT '[0]';
ALTER TABLE account ADD COLUMN credits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaign ADD COLUMN max_secs INTEGER NOT NULL DEFAULT 0;
CREATE TABLE credit (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  account     INTEGER NOT NULL REFERENCES account,
  attempt     INTEGER REFERENCES attempt,
  kind        TEXT NOT NULL CHECK (kind IN ('grant', 'charge', 'correction')),
  amount      INTEGER NOT NULL,
  note        TEXT NOT NULL DEFAULT '',
  at          INTEGER NOT NULL DEFAULT (unixepoch())
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
CREATE TABLE metered (
  attempt     INTEGER PRIMARY KEY REFERENCES attempt,
  pulse       INTEGER NOT NULL,
  price       INTEGER NOT NULL,
  most        INTEGER NOT NULL
) STRICT;
CREATE TRIGGER credit_meter AFTER INSERT ON attempt BEGIN
  INSERT INTO metered (attempt, pulse, price, most)
  SELECT new.id, o.credit_pulse, o.credit_price,
    ((c.max_secs + o.credit_pulse - 1) / o.credit_pulse * o.credit_pulse
      * o.credit_price + 30) / 60
  FROM account o JOIN campaign c ON c.id = new.campaign
  WHERE o.id = new.account AND o.credit_price IS NOT NULL;
END;
CREATE VIEW charge AS
SELECT m.attempt, -iif(d.answered AND secs > 0, ((CAST(secs / m.pulse AS INTEGER)
    + (secs / m.pulse > CAST(secs / m.pulse AS INTEGER)))
    * m.pulse * m.price + 30) / 60, 0) AS amount
FROM (SELECT attempt, final, verified, min(1e6, coalesce(talk_secs, line_secs,
  0.0)) AS secs FROM execution) e
JOIN metered m ON m.attempt = e.attempt
JOIN disposition d ON d.status = e.final
WHERE e.verified;
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

CREATE TABLE hangup (
  said        TEXT NOT NULL,
  reason      TEXT NOT NULL DEFAULT '%',
  party       TEXT CHECK (party IN ('agent', 'user', 'system')),
  PRIMARY KEY (said, reason)
) STRICT, WITHOUT ROWID;
INSERT INTO hangup (said, party) VALUES
  ('callee', 'user'), ('caller', 'user'), ('carrier', 'system'),
  ('error', 'system'), ('plivo', 'system'), ('twilio', 'system'),
  ('exotel', 'system'), ('api request', 'system'), ('unknown', NULL),
  ('user', 'user'), ('agent', 'agent'), ('system', 'system');
INSERT INTO hangup (said, reason, party) VALUES
  ('%', '%llm_prompted_hangup%', 'agent'),
  ('%', '%end of inputs from bolna%', 'agent'),
  ('%', '%inactivity_timeout%', 'system'),
  ('%', '%recipient hung%up%', 'user'), ('%', '%recipient rejected%', 'user');
