-- Bolna corrects how a call ended, and no other follows from that end: one that
-- is claimed already and was not sent yet is not sent.
UPDATE attempt SET state = 'released', ended_at = :now,
  note = 'Bolna has corrected how the call before ended'
WHERE id = (SELECT o.id FROM attempt a JOIN attempt o
    ON o.account = a.account AND o.phone = a.phone AND o.lead = a.lead
      AND o.id > a.id
      AND o.state IN ('intent', 'sending', 'accepted', 'unknown')
      AND o.state = 'intent'
  WHERE a.id = :attempt AND a.state = 'done')
  AND NOT EXISTS (SELECT 1 FROM disposition d
    JOIN retry_rule r ON r.status = d.means WHERE d.status = :status);
