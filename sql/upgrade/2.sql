-- Lists of calls are read regularly, and each attempt knows its agent.
ALTER TABLE campaign ADD COLUMN listed_to INTEGER NOT NULL DEFAULT 0;
UPDATE campaign SET listed_to = coalesce((SELECT min(claimed_at)
  FROM attempt a WHERE a.campaign = campaign.id), unixepoch());
ALTER TABLE attempt ADD COLUMN agent_id TEXT NOT NULL DEFAULT '';
UPDATE attempt SET agent_id = (SELECT agent_id FROM campaign c
  WHERE c.id = attempt.campaign);

-- Alarms are told once.
CREATE TABLE watch (
  what        TEXT PRIMARY KEY,
  since       INTEGER NOT NULL DEFAULT (unixepoch()),
  stops       INTEGER NOT NULL,
  why         TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE alarm (
  what        TEXT NOT NULL,
  which       TEXT NOT NULL,
  why         TEXT NOT NULL,
  raised_at   INTEGER NOT NULL,
  told        INTEGER NOT NULL DEFAULT 0,
  over_at     INTEGER,
  PRIMARY KEY (what, which)
) STRICT, WITHOUT ROWID;

-- Questions about strangers' calls do not stand in the way of ours.
DROP INDEX execution_confirm;
CREATE INDEX execution_confirm ON execution (confirm_at)
  WHERE confirm_at IS NOT NULL AND attempt IS NOT NULL;
CREATE INDEX execution_doubt ON execution (confirm_at)
  WHERE confirm_at IS NOT NULL AND attempt IS NULL;
CREATE INDEX delivery_stuck ON delivery (tries) WHERE tries >= 3;

-- Do not call: for one account or for all, with a history.
CREATE TABLE closed (
  id          INTEGER PRIMARY KEY,
  account     INTEGER REFERENCES account,
  phone       TEXT NOT NULL,
  source      TEXT NOT NULL,
  note        TEXT,
  added_at    INTEGER NOT NULL DEFAULT (unixepoch()),
  removed_at  INTEGER
) STRICT;
INSERT INTO closed (account, phone, source, added_at)
  SELECT account, phone, source, added_at FROM suppression;
DROP TABLE suppression;
ALTER TABLE closed RENAME TO suppression;
CREATE UNIQUE INDEX suppression_now ON suppression (phone, coalesce(account, 0))
  WHERE removed_at IS NULL;
CREATE TABLE opt_out (
  key         TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
INSERT INTO opt_out VALUES ('do_not_call'), ('do_not_contact'), ('dnc'),
  ('opt_out'), ('optout'), ('unsubscribe');

-- Campaigns can be paused, and queued calls taken back.
ALTER TABLE campaign ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempt ADD COLUMN recalled_at INTEGER;

-- Retry rules know reasons and attempts; those that are there stay.
CREATE TABLE retry_rule_2 (
  id          INTEGER PRIMARY KEY,
  status      TEXT NOT NULL REFERENCES disposition,
  reason      TEXT NOT NULL DEFAULT '%',
  attempt     INTEGER,
  after_secs  INTEGER,
  max_tries   INTEGER,
  free        INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO retry_rule_2 (status, after_secs, max_tries)
  SELECT status, after_secs, max_tries FROM retry_rule;
DROP TABLE retry_rule;
ALTER TABLE retry_rule_2 RENAME TO retry_rule;
CREATE INDEX retry_rule_status ON retry_rule (status);
INSERT INTO retry_rule (status, after_secs, free) VALUES
  ('balance-low', 3600, 1);

INSERT INTO retry_rule (status, reason, after_secs, max_tries)
  SELECT status, reason, after_secs, max_tries
  FROM (SELECT column1 AS status FROM (VALUES ('busy'), ('no-answer'),
      ('failed'), ('error'))),
    (SELECT column1 AS reason, column2 AS after_secs, column3 AS max_tries
      FROM (VALUES
      ('%number invalid%',     NULL,  NULL),
      ('%congestion%',         900,   NULL),
      ('%recipient rejected%', 86400, 2),
      ('%carrier declined%',   86400, 2)));
