-- What becomes of a lead whose attempt ended with :status: the next time as
-- retry_rule says, or none.  Released attempts never happened.  What was
-- thought refused or lost was placed after all.
WITH ended AS (
  SELECT coalesce(e.hangup_reason, '') AS reason,
    coalesce(e.hangup_code, '') AS code,
    iif(e.voicemail, 'voicemail', '') AS machine,
    (SELECT count(*) FROM attempt b
     WHERE b.lead = :lead AND b.state <> 'released') AS attempts
  FROM attempt a LEFT JOIN execution e ON e.attempt = a.id
  WHERE a.lead = :lead AND a.state <> 'released'
  ORDER BY a.id DESC LIMIT 1
), rule AS (
  SELECT r.after_secs, r.max_tries, r.free, r.reason, d.means
  FROM ended JOIN disposition d ON d.status = :status
  JOIN retry_rule r ON r.status = d.means
  WHERE (ended.reason LIKE r.reason OR ended.code LIKE r.reason
      OR ended.machine LIKE r.reason)
    AND coalesce(r.attempt, ended.attempts) = ended.attempts
  ORDER BY r.reason = '%', r.attempt IS NULL, r.id LIMIT 1
)
UPDATE lead SET
  next_at = (
    SELECT :now + r.after_secs FROM rule r
    WHERE r.max_tries IS NULL OR r.max_tries > (
      SELECT count(*) FROM attempt a JOIN execution e ON e.attempt = a.id
      WHERE a.lead = lead.id AND e.final = r.means
        AND (coalesce(e.hangup_reason, '') LIKE r.reason
          OR coalesce(e.hangup_code, '') LIKE r.reason
          OR iif(e.voicemail, 'voicemail', '') LIKE r.reason))),
  granted = granted + coalesce((SELECT free FROM rule), 0),
  held_note = CASE WHEN held NOT IN ('review', 'rejected') THEN held_note END,
  held = CASE
    WHEN held NOT IN ('review', 'rejected') THEN held
    WHEN (SELECT attempts FROM ended)
      >= granted + coalesce((SELECT free FROM rule), 0)
        + (SELECT max_attempts FROM campaign c
           WHERE c.id = lead.campaign) THEN 'max_attempts' END
WHERE id = :lead;
