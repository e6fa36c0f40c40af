-- What stands there now.
INSERT INTO outcome_cell (lead, shown, odd)
SELECT :lead, :shown, :odd
WHERE :shown <> '' OR :odd IS NOT NULL
  OR EXISTS (SELECT 1 FROM outcome_cell WHERE lead = :lead)
ON CONFLICT (lead) DO UPDATE SET shown = excluded.shown, odd = excluded.odd
  WHERE (shown, odd) IS NOT (excluded.shown, excluded.odd);
