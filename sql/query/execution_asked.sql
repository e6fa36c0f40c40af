-- Bolna was asked.  A confirmed call is asked about again, three times at most,
-- when a webhook has come meanwhile, or somebody has talked and it is not known
-- yet what was said; an unconfirmed end soon, a live call in five minutes.
UPDATE execution SET asked_at = :now, confirms = confirms + 1,
  confirm_at = CASE
    WHEN verified AND coalesce((SELECT max(received_at) FROM event
      WHERE execution = :id AND source = 'webhook'), 0) < :started
      AND NOT (transcript IS NULL AND talk_secs > 0 AND pruned_at IS NULL
        AND ended_at > :now - 900) THEN NULL
    WHEN verified AND confirms > 2 THEN NULL
    WHEN verified THEN :now + (20 << 2 * confirms)
    WHEN final <> '' OR :failed
      THEN :now + min(900, 5 * (1 << min(confirms, 8)))
    WHEN stage = 'call-disconnected' THEN :now + 30
    ELSE :now + 300 END
WHERE id = :id;
