-- What Bolna has said in those calls.
WITH call AS (
  SELECT a.execution AS id, l.timezone FROM attempt a
  JOIN lead l ON l.id = a.lead
  WHERE a.phone = :phone AND a.execution IS NOT NULL
    AND (:account IS NULL OR a.account = :account)
  UNION ALL
  SELECT e.id, (SELECT timezone FROM lead WHERE phone = :phone
    ORDER BY id LIMIT 1)
  FROM execution e
  WHERE e.attempt IS NULL AND e.phone IN (:phone, substr(:phone, 2))
    AND (:account IS NULL OR e.account = :account)
)
SELECT call.timezone, v.id, v.execution, v.source, v.received_at,
  lower(hex(v.digest)), v.body
FROM call JOIN event v ON v.execution = call.id
ORDER BY v.id;
