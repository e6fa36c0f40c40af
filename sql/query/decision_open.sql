-- Nothing stops the campaign as a whole any more.
INSERT INTO decision (at, campaign, verdict, rule, settings)
SELECT :now, :campaign, 'call', 'turn',
  (SELECT hash FROM settings ORDER BY since DESC LIMIT 1)
WHERE (SELECT verdict FROM decision WHERE id = (SELECT max(id) FROM decision
  WHERE campaign = :campaign AND lead IS NULL)) <> 'call';
