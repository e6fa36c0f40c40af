-- What Bolna may still say about these calls is not stored any more.
INSERT INTO erased (mark)
SELECT token FROM attempt WHERE lead = :lead
UNION SELECT execution FROM attempt
WHERE lead = :lead AND execution IS NOT NULL
ON CONFLICT DO NOTHING;
