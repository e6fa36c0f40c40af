-- Do rows of a campaign count on a column that the sheet does not have any more?
SELECT CASE
  WHEN :control AND EXISTS (SELECT 1 FROM lead WHERE campaign = :campaign
    AND present AND control <> '') THEN 'Control'
  WHEN :timezone AND EXISTS (SELECT 1 FROM lead WHERE campaign = :campaign
    AND present AND timezone_from = 'row') THEN 'Timezone' END;
