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
    ('dialing',      'initiated'),         ('calling',      'ringing'),
    ('active',       'in-progress'),       ('live',         'in-progress'),
    ('hangup',       'call-disconnected'), ('finished',     'completed'),
    ('voicemail',    'completed'),         ('vm',           'completed'),
    ('notconnected', 'no-answer'),         ('not-connected', 'no-answer'),
    ('declined',     'busy'),              ('unreachable',  'failed'),
    ('timeout',      'failed')
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

-- What the score and the words of an analysis stand for.
INSERT INTO scale (name, word, number) VALUES
  ('intent', 'very high', 80), ('intent', 'high', 60), ('intent', 'medium', 40),
  ('intent', 'low', 20), ('intent', 'very low', 0),
  ('sentiment', 'positive', 80), ('sentiment', 'neutral', 50),
  ('sentiment', 'negative', 20);

-- Who hung up (Bolna's page "hangup status"): Callee and Caller are whoever was
-- talked to, in calls that go out and that come in.  What a reason says goes
-- before that: the model ended the talk, nobody spoke any more, or the person did
-- not want to.
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
