-- Its lane rests until then: others are looked at meanwhile.
UPDATE post SET due_at = :due WHERE id = :post AND due_at < :due;
