-- Is this the mark of a call to somebody else?
SELECT 1 FROM attempt
WHERE (execution = :mark OR token = :mark) AND lead <> :lead;
