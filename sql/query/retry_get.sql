-- Seconds after which a row is called again whose Status says so already.  Only
-- Bolna's own word counts, in any spelling: "rejected" or "declined" may be what
-- the person has said.
SELECT d.final, d.shown, r.after_secs
FROM disposition d LEFT JOIN retry_rule r ON r.status = d.means
  AND r.reason = '%' AND r.attempt IS NULL
  AND replace(d.status, '-', '') = replace(d.means, '-', '')
WHERE d.status = replace(replace(:status, '_', '-'), ' ', '-');
