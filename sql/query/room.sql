-- How many calls may be placed in this campaign now: by its own limits, those
-- of its account, and by what is left of the money.  Calls of which a clock that
-- was ahead says that they are to come are no reason to wait.
SELECT max(0, min(:left,
    c.max_live - (SELECT count(*) FROM attempt a INDEXED BY attempt_open
      WHERE a.campaign = c.id
        AND a.state IN ('intent', 'sending', 'accepted', 'unknown')),
    CASE WHEN c.gap_secs = 0 THEN 1000
      WHEN coalesce((SELECT max(a.sent_at) FROM attempt a
        WHERE a.campaign = c.id AND a.sent_at <= :now + 3600), 0)
        + c.gap_secs <= :now THEN 1
      ELSE 0 END,
    -- Bolna queues what is above its concurrency
    min(coalesce(nullif(o.max_live, 0), 1000), coalesce(o.concurrency, 1000))
      - total.live,
    -- a breaker whose time is over: one call shows whether all is well
    CASE WHEN EXISTS (SELECT 1 FROM breaker b WHERE b.account = o.id)
      THEN 1 - (SELECT count(*) FROM campaign m
        JOIN attempt a INDEXED BY attempt_open ON a.campaign = m.id
          AND a.state IN ('intent', 'sending', 'accepted', 'unknown')
        WHERE m.account = o.id AND a.claimed_at >= (SELECT max(until)
          FROM breaker b WHERE b.account = o.id))
      ELSE 1000 END,
    coalesce(nullif(o.rate, 0), 1000) - total.minute,
    (SELECT coalesce(min((s.amount - s.spent) / max(c.call_cost, 1)), 1000)
      FROM spending s WHERE s.campaign = c.id),
    -- as long as there are credits above what calls under way may take
    (SELECT coalesce(min((b.credits - b.reserved + w.most - 1) / w.most), 1000)
      FROM balance b, (SELECT nullif(((c.max_secs + o.credit_pulse - 1)
        / o.credit_pulse * o.credit_pulse * o.credit_price + 30) / 60, 0)
        AS most) w
      WHERE b.account = o.id)))
FROM campaign c JOIN account o ON o.id = c.account
JOIN (SELECT b.account, sum((SELECT count(*)
      FROM attempt a INDEXED BY attempt_open WHERE a.campaign = b.id
        AND a.state IN ('intent', 'sending', 'accepted', 'unknown'))) AS live,
    sum((SELECT count(*) FROM attempt a WHERE a.campaign = b.id
        AND a.sent_at BETWEEN :now - 59 AND :now + 3600)) AS minute
  FROM campaign b WHERE b.account = (SELECT account FROM campaign
    WHERE id = :campaign)) AS total
WHERE c.id = :campaign;
