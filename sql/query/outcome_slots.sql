SELECT key FROM outcome_slot;
