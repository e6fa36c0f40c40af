-- Is there something a lingering pass should do now?  Not for accounts that are
-- gone: nobody can be asked about their calls.
SELECT EXISTS (SELECT 1 FROM execution
  WHERE attempt IS NOT NULL AND confirm_at <= :now
    AND account IN (SELECT id FROM account WHERE active))
  OR EXISTS (SELECT 1 FROM delivery d JOIN campaign c ON c.id = d.campaign
    WHERE d.kind = 'sheet' AND d.due_at <= :now AND c.active)
  OR EXISTS (SELECT 1 FROM attempt WHERE state = 'unknown'
    AND look_at <= :now AND account IN (SELECT id FROM account WHERE active))
  OR EXISTS (SELECT 1 FROM outcome_due)
  OR EXISTS (SELECT 1 FROM outcome WHERE applied_at IS NULL)
  OR (:dial AND EXISTS (SELECT 1 FROM campaign c WHERE c.active
    AND EXISTS (SELECT 1 FROM lead l INDEXED BY lead_due
      WHERE l.campaign = c.id AND l.due_at <= :now AND l.next_at IS NOT NULL
        AND l.held IS NULL AND l.present)
    AND NOT EXISTS (SELECT 1 FROM gate g WHERE g.campaign = c.id)));
