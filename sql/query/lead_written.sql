-- What stands in the row's cells now.
UPDATE lead SET cell_execution = :execution, cell_status = :status
WHERE id = :lead AND (cell_execution, cell_status)
  IS NOT (:execution, :status);
