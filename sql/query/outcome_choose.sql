-- A person says what a lead's last call led to.  The dialer sees to what
-- follows from it.
INSERT INTO outcome (attempt, lead, account, source, outcome, rule,
  confidence, slot, note, decided_at)
SELECT coalesce(:attempt, (SELECT max(a.id) FROM attempt a
    WHERE a.lead = l.id AND a.state <> 'released')),
  l.id, c.account, 'person', :outcome, :rule, 1, coalesce(:slot, ''), :note,
  :now
FROM lead l JOIN campaign c ON c.id = l.campaign WHERE l.id = :lead
RETURNING id;
