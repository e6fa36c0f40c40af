DELETE FROM event WHERE id = :event;
