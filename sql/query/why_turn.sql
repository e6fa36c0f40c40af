-- How many are due before a lead.
SELECT count(*) FROM lead me JOIN lead l INDEXED BY lead_due
  ON l.campaign = me.campaign AND l.due_at <= unixepoch()
WHERE me.id = :lead AND l.next_at IS NOT NULL AND l.held IS NULL AND l.present
  AND (-l.priority, l.due_at, l.id) < (-me.priority, me.due_at, me.id);
