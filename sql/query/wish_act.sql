-- As "retry now": due at once, with one attempt beyond max_attempts if it
-- takes that.  At :now, as in wish_put: what sets another time meanwhile is not
-- taken back with the wish.
UPDATE lead SET next_at = :now, put_off = NULL,
  held = nullif(held, 'max_attempts'),
  granted = max(granted, 1 + (SELECT count(*) FROM attempt a
      WHERE a.lead = lead.id AND a.state <> 'released')
    - (SELECT max_attempts FROM campaign c WHERE c.id = lead.campaign))
WHERE id = :lead;
