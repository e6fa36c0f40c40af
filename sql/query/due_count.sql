-- How many calls may be placed in this campaign now, by its own limits.
SELECT max(0, min(:left,
    c.max_live - (SELECT count(*) FROM attempt a INDEXED BY attempt_open
      WHERE a.campaign = c.id
        AND a.state IN ('intent', 'sending', 'accepted', 'unknown')),
    CASE WHEN c.gap_secs = 0 THEN 1000
      WHEN coalesce((SELECT max(a.sent_at) FROM attempt a
        WHERE a.campaign = c.id), 0) + c.gap_secs <= :now THEN 1
      ELSE 0 END))
FROM campaign c WHERE c.id = :campaign;
