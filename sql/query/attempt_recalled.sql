UPDATE attempt SET recalled_at = :now WHERE id = :attempt;
