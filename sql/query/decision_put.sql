-- Why a lead is not called, unless that is known already; likewise for a whole
-- campaign, when lead is null.  A row comes back when it is news.
INSERT INTO decision (at, campaign, lead, verdict, rule, facts, next_at,
  settings)
SELECT :now, :campaign, :lead, :verdict, :rule, :facts, :next_at,
  (SELECT hash FROM settings ORDER BY since DESC LIMIT 1)
WHERE (:verdict, :rule, :next_at) IS NOT (SELECT verdict, rule, next_at
  FROM decision d WHERE d.id = CASE WHEN :lead IS NULL
    THEN (SELECT max(id) FROM decision WHERE campaign = :campaign
      AND lead IS NULL)
    ELSE (SELECT max(id) FROM decision WHERE lead = :lead) END)
RETURNING id;
