-- What a status word of Bolna's means.
SELECT means, rank, final, ask_after FROM disposition WHERE status = :status;
