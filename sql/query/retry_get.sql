-- Seconds after which a row is called again whose Status says so already.
SELECT d.final, d.shown, r.after_secs
FROM disposition d LEFT JOIN retry_rule r ON r.status = d.means
  AND r.reason = '%' AND r.attempt IS NULL
WHERE d.status = :status;
