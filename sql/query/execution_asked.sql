-- Bolna was asked.  A confirmed call is asked about again only when a webhook
-- has come meanwhile; an unconfirmed end soon, a live call in five minutes.
UPDATE execution SET asked_at = :now, confirms = confirms + 1,
  confirm_at = CASE
    WHEN verified AND coalesce((SELECT max(received_at) FROM event
      WHERE execution = :id AND source = 'webhook'), 0) < :started THEN NULL
    WHEN verified AND confirms > 2 THEN NULL
    WHEN verified THEN :now + 20
    WHEN final <> '' OR :failed
      THEN :now + min(900, 5 * (1 << min(confirms, 8)))
    WHEN stage = 'call-disconnected' THEN :now + 30
    ELSE :now + 300 END
WHERE id = :id;
