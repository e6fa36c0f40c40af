-- callsheet: what calls may cost and have cost, at Bolna and in credits.  Entries
-- that add up and are never edited; triggers write them, so that no program can
-- forget one.

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
