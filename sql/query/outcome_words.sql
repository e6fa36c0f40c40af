SELECT word, needs FROM outcome_word;
