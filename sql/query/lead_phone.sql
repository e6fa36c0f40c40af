SELECT phone FROM lead WHERE id = :lead;
