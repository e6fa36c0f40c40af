-- callsheet: the rules of calling, in rows.  Applied like policy.sql, and once
-- when a database of before is upgraded.

-- The rules, in the order in which they are asked.
INSERT INTO rule (rank, name, verdict, says) VALUES
  (9, 'gone', 'block', 'its row is gone from the sheet'),
  (10, 'phone', 'block', 'the phone number cannot be read'),
  (11, 'duplicate', 'block', 'another row is the same person'),
  (12, 'variables', 'block', 'its other columns hold more than Bolna takes'),
  (13, 'control', 'block', 'Control says something that callsheet does not know'),
  (14, 'pause', 'block', 'Control says pause'),
  (15, 'dnc', 'block', 'the number is on the do-not-call list'),
  (16, 'status', 'block', 'Status was filled in by somebody else'),
  (17, 'foreign', 'block', 'its row showed a call that nobody here knows'),
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
  (48, 'credits', 'put off', 'the credits are used up'),
  (49, 'wallet', 'put off', 'the wallet at Bolna is down to its floor'),
  (50, 'hours', 'put off', 'outside the calling hours'),
  (51, 'gap', 'put off', 'the number was called a moment ago'),
  (52, 'day', 'put off', 'the number was called often enough for a day'),
  (53, 'week', 'put off', 'the number was called often enough for a week'),
  (54, 'month', 'put off', 'the number was called often enough for a month'),
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

-- A list that was bought is no consent, and a cell that says no neither.
INSERT INTO consent_refused VALUES ('%bought%'), ('%purchased%'),
  ('%rented%'), ('%scraped%'), ('%broker%'), ('%revoked%'), ('%withdrawn%'),
  ('%not given%'), ('no'), ('none'), ('n'), ('n/a'), ('false'), ('0'), ('-'),
  ('?'), ('no %'), ('not %'), ('%no consent%'), ('%refused%'), ('%declined%'),
  ('%opted out%'), ('%opted-out%'), ('%opt out%'), ('%opt-out%'),
  ('%unsubscribed%'), ('unknown'), ('%pending%'), ('na'), ('nil');

-- For how many days what is kept.  NULL: for good.
INSERT INTO retention (class, days, note) VALUES
  ('transcripts', 90,   'transcript, summary, extraction and the recording''s address'),
  ('analyses',    365,  'what a language model made of them'),
  ('payloads',    30,   'what Bolna said, word for word'),
  ('quarantine',  30,   'bodies that were not understood'),
  ('refused',     90,   'senders that were not admitted'),
  ('runs',        30,   'passes of the dialer'),
  ('decisions',   1826, 'why somebody was called or not'),
  ('do-not-call', 1826, 'entries that were taken off the list');