-- callsheet: policy in rows.  Applied when the database is made; afterwards
-- the rows are yours to change with the sqlite3 shell.

-- Bolna's sixteen statuses (its "errors" and "call status" pages, August
-- 2026).  rank: a call only moves up; call-disconnected is not final, the
-- data follow with completed.  ask_after: seconds of silence after which
-- Bolna is asked; a final status is confirmed at once.
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

-- Other spellings met in Bolna's older pages and in the wild.
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

-- After how long a lead is called again.  completed has no row: never.
-- canceled and stopped neither: a person acts first.
INSERT INTO retry_rule (status, after_secs, max_tries) VALUES
  ('busy',      600, NULL),
  ('no-answer', 600, NULL),
  ('failed',    600, NULL),
  ('error',     600, 2);

-- Bolna calls nobody with an empty wallet: that costs no attempt, and dialling
-- stops for the account meanwhile.
INSERT INTO retry_rule (status, after_secs, free) VALUES
  ('balance-low', 3600, 1);

-- What the telephone company says goes before the status (Bolna's page "hangup
-- status"): a number that does not exist is not tried again, a congested line
-- soon, and who pushed the call away once more the next day.
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

-- What an agent's extraction may be called when a person asks not to be called
-- again; the name as it stands in Bolna, lower case, blanks as "_".
INSERT INTO opt_out VALUES ('do_not_call'), ('do_not_contact'), ('dnc'),
  ('opt_out'), ('optout'), ('unsubscribe');

-- The rules, in the order in which they are asked.
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

-- When people may be called: as the law says there, or stricter where sources
-- disagree.  In India promotion 10:00-21:00 (the 2018 regulation's default
-- band), other calls 09:00-21:00.  In the United States 08:00-21:00 (47 CFR
-- 64.1200), in Florida, Oklahoma and Washington only until 20:00.  In Canada
-- 09:00-21:30 and 10:00-18:00, until 20:00 to be safe.
INSERT INTO calling_hours VALUES
  ('IN', 'promotional', 'all',     '10:00-21:00'),
  ('IN', '',            'all',     '09:00-21:00'),
  ('US', '',            'all',     '08:00-20:00'),
  ('CA', '',            'mon-fri', '09:00-20:00'),
  ('CA', '',            'sat-sun', '10:00-18:00');

-- In India a list is scrubbed on the day; elsewhere it is good for a month.
INSERT INTO registry VALUES ('IN', 'NCPR (DND)', 0),
  ('US', 'National Do Not Call Registry', 31), ('CA', 'National DNCL', 31);

-- A list that was bought is no consent.
INSERT INTO consent_refused VALUES ('bought'), ('purchased'), ('rented'),
  ('scraped'), ('broker');

-- For how many days what is kept.  NULL: for good.
INSERT INTO retention (class, days, note) VALUES
  ('transcripts', 90,   'transcript, summary, extraction and the recording''s address'),
  ('payloads',    30,   'what Bolna said, word for word'),
  ('quarantine',  30,   'bodies that were not understood'),
  ('refused',     90,   'senders that were not admitted'),
  ('runs',        30,   'passes of the dialer'),
  ('decisions',   1826, 'why somebody was called or not'),
  ('do-not-call', 1826, 'entries that were taken off the list');
