UPDATE account SET analysed = :analysed, stored_prompt = :stored
WHERE id = :account AND (analysed <> :analysed OR stored_prompt <> :stored);
