-- Nobody is called until the lists of calls were read; see reconcile.c.
INSERT INTO breaker (account, name, opened_at, until, reason)
SELECT id, 'reconcile', :now, 9007199254740991, :reason FROM account o
WHERE active AND EXISTS (SELECT 1 FROM campaign c
  WHERE c.account = o.id AND c.active)
ON CONFLICT (account, name) DO NOTHING;
