-- Is this mark, as Latest Execution ID shows it, that of a call which does not
-- belong into the row?  One to the row's own number for another campaign does:
-- the tab, or the row, was that one's before.
SELECT 1 FROM attempt WHERE (execution = :mark OR token = :mark)
  AND (phone <> :phone OR campaign = :campaign);
