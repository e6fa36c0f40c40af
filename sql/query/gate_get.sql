-- What stops a campaign as a whole, if anything does.
SELECT r.verdict, g.rule, g.facts, g.next_at, r.says
FROM gate g JOIN rule r ON r.name = g.rule WHERE g.campaign = :campaign;
