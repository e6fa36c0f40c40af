-- From version 3 to version 4: more words that are no consent's source.  Who had
-- them in the sheet was called for promotion.
INSERT OR IGNORE INTO consent_refused VALUES ('no %'), ('not %'),
  ('%no consent%'), ('%refused%'), ('%declined%'), ('%opted out%'),
  ('%opted-out%'), ('%opt out%'), ('%opt-out%'), ('%unsubscribed%'),
  ('unknown'), ('%pending%'), ('na'), ('nil');
