-- The first rule that speaks against calling a lead; no row when none does.
-- What stops its campaign as a whole has been asked before.
-- scan: of what was found about this one lead
SELECT r.verdict, f.rule, f.facts, f.next_at, r.says
FROM finding f JOIN rule r ON r.name = f.rule
WHERE f.lead = :lead ORDER BY r.rank LIMIT 1;
