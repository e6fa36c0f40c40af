-- Is there something a lingering pass should do now?
SELECT EXISTS (SELECT 1 FROM execution
  WHERE attempt IS NOT NULL AND confirm_at <= :now)
  OR EXISTS (SELECT 1 FROM delivery d JOIN campaign c ON c.id = d.campaign
    WHERE d.kind = 'sheet' AND d.due_at <= :now AND c.active)
  OR EXISTS (SELECT 1 FROM attempt WHERE state = 'unknown'
    AND look_at <= :now)
  OR (:dial AND EXISTS (SELECT 1 FROM campaign c WHERE c.active
    AND EXISTS (SELECT 1 FROM due WHERE due.campaign = c.id)));
