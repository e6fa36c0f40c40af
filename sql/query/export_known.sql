-- Is there such a campaign, or such an account, also of the past?
SELECT EXISTS (SELECT 1 FROM account o LEFT JOIN campaign c ON c.account = o.id
  WHERE (:account IS NULL OR o.name = :account)
    AND (:campaign IS NULL OR c.name = :campaign));
