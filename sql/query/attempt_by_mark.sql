-- Whose call has this mark, as Latest Execution ID shows it?
SELECT lead FROM attempt WHERE execution = :mark OR token = :mark;
