-- Is this mark that of an earlier call of a lead, and the word one that nobody
-- has said of it yet?  Then a person has written it into an older copy of the
-- row.
SELECT EXISTS (SELECT 1 FROM attempt
    WHERE lead = :lead AND (execution = :mark OR token = :mark))
  AND NOT EXISTS (SELECT 1 FROM outcome
    WHERE lead = :lead AND outcome = :word);
