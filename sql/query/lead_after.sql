-- What becomes of a lead whose attempt ended with :status: the next time as
-- retry_rule says, or none.  Released attempts never happened.  What was
-- thought refused or lost was placed after all.
UPDATE lead SET
  next_at = (
    SELECT :now + r.after_secs
    FROM disposition d JOIN retry_rule r ON r.status = d.means
    WHERE d.status = :status
      AND (r.max_tries IS NULL OR r.max_tries > (
        SELECT count(*) FROM attempt a JOIN execution e ON e.attempt = a.id
        WHERE a.lead = lead.id AND e.final = d.means))),
  held_note = CASE WHEN held NOT IN ('review', 'rejected') THEN held_note END,
  held = CASE
    WHEN held NOT IN ('review', 'rejected') THEN held
    WHEN (SELECT count(*) FROM attempt a
          WHERE a.lead = lead.id AND a.state <> 'released')
      >= granted + (SELECT max_attempts FROM campaign c
                    WHERE c.id = lead.campaign) THEN 'max_attempts' END
WHERE id = :lead;
