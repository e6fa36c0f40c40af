-- callsheet: who may be called, when and how often: the hours, the lists, the
-- rules, and what was decided by them.  The rules themselves are rows of
-- policy.sql, rules.sql and places.sql, and the views of sql/view/rules.sql.

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
CREATE INDEX lead_held ON lead (campaign, held)
  WHERE held IS NOT NULL AND present;

-- When a lead is called again after an attempt ended so.  Of the rows that fit,
-- one with a reason goes before one without, then one for this very attempt.
-- No row: never.
CREATE TABLE retry_rule (
  id          INTEGER PRIMARY KEY,        -- the lower one goes first
  status      TEXT NOT NULL REFERENCES disposition, -- how the attempt ended
  reason      TEXT NOT NULL DEFAULT '%',  -- LIKE pattern for the hangup's reason
                                          -- or the telephone provider's code,
                                          -- or voicemail: a machine answered
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
-- calls, or was erased, is not called there either; nor is anybody as long as
-- lists of its calls are to be read.
CREATE TRIGGER campaign_moved AFTER UPDATE OF account ON campaign
WHEN new.account <> old.account BEGIN
  INSERT INTO suppression (account, phone, source, note, added_at, erased_at)
  SELECT new.account, s.phone, s.source, s.note, s.added_at, s.erased_at
  FROM suppression s
  WHERE s.account = old.account AND s.removed_at IS NULL
    AND (s.erased_at IS NOT NULL OR s.phone IN (SELECT l.phone FROM lead l
      WHERE l.campaign = new.id))
  ON CONFLICT DO NOTHING;
  INSERT INTO breaker (account, name, opened_at, until, reason)
  SELECT new.account, b.name, b.opened_at, b.until, b.reason FROM breaker b
  WHERE b.account = old.account AND b.name = 'reconcile'
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

-- Why dialling is stopped for an account.
CREATE TABLE breaker (
  account     INTEGER NOT NULL REFERENCES account, -- which one is stopped
  name        TEXT NOT NULL,              -- key, upstream, rate, reconcile, ...
  opened_at   INTEGER NOT NULL DEFAULT (unixepoch()), -- since when
  until       INTEGER NOT NULL,           -- no call before this
  reason      TEXT NOT NULL,              -- in words
  PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;

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

CREATE TRIGGER wish_granted AFTER INSERT ON attempt BEGIN
  DELETE FROM wish WHERE lead = new.lead;
END;
