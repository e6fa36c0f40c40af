-- From version 4 to version 5: the agents a campaign has had, each with its list;
-- what a campaign takes along to another account; a rule for rows in which
-- another installation has written; another analysis of what has grown; and
-- whose an alarm is.
CREATE TABLE campaign_agent (
  agent_id    TEXT NOT NULL,
  campaign    INTEGER NOT NULL REFERENCES campaign,
  account     INTEGER NOT NULL REFERENCES account,
  listed_to   INTEGER NOT NULL DEFAULT (unixepoch()),
  until       INTEGER,
  PRIMARY KEY (agent_id, campaign, account)
) STRICT, WITHOUT ROWID;
INSERT INTO campaign_agent (agent_id, campaign, account, listed_to, until)
SELECT a.agent_id, a.campaign, a.account, c.listed_to, max(a.sent_at)
FROM attempt a JOIN campaign c ON c.id = a.campaign
WHERE a.agent_id <> '' AND (a.agent_id, a.account) <> (c.agent_id, c.account)
  AND a.sent_at IS NOT NULL
GROUP BY a.agent_id, a.campaign, a.account;
INSERT INTO campaign_agent (agent_id, campaign, account, listed_to)
SELECT agent_id, id, account, listed_to FROM campaign;
ALTER TABLE campaign DROP COLUMN listed_to;

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

-- The campaign takes along that its lists are still to be read.
DROP TRIGGER campaign_moved;
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

CREATE TRIGGER analysis_grown AFTER UPDATE OF transcript ON execution
WHEN old.verified AND trim(old.transcript) <> '' AND new.attempt IS NOT NULL
  AND length(new.transcript) > length(old.transcript)
BEGIN
  UPDATE post SET due_at = unixepoch(), done_at = NULL, tries = 0, error = NULL
  WHERE attempt = new.attempt AND kind = 'analysis' AND due_at IS NULL
    AND EXISTS (SELECT 1 FROM account WHERE id = post.account AND analysed);
END;

-- Rows of one name in two accounts are two alarms.  What lasts is told again.
DROP TABLE alarm;
CREATE TABLE alarm (
  what        TEXT NOT NULL,
  which       TEXT NOT NULL,
  account     INTEGER NOT NULL DEFAULT 0,
  why         TEXT NOT NULL,
  raised_at   INTEGER NOT NULL,
  told        INTEGER NOT NULL DEFAULT 0,
  over_at     INTEGER,
  PRIMARY KEY (what, which, account)
) STRICT, WITHOUT ROWID;

-- Not where step 3 has just brought the rules of today.
UPDATE rule SET rank = rank - 1 WHERE rank BETWEEN 10 AND 17
  AND NOT EXISTS (SELECT 1 FROM rule WHERE name = 'foreign');
INSERT OR IGNORE INTO rule (rank, name, verdict, says) VALUES
  (17, 'foreign', 'block', 'its row showed a call that nobody here knows');
