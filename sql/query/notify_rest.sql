-- Ends that are no longer to be posted; :statuses is a JSON array.
DELETE FROM notify WHERE campaign = :campaign AND kind = :kind
  AND status NOT IN (SELECT value FROM json_each(:statuses));
