-- A call that was thought not placed is found while its person has been claimed
-- anew: what is not sent yet is not sent.
UPDATE attempt SET state = 'released', ended_at = :now,
  note = 'an earlier call to this number was placed after all'
WHERE id = (SELECT o.id FROM attempt a JOIN attempt o
    ON o.account = a.account AND o.phone = a.phone AND o.id <> a.id
      AND o.state IN ('intent', 'sending', 'accepted', 'unknown')
      AND o.state = 'intent'
  WHERE a.id = :attempt AND a.state = 'done')
RETURNING lead;
