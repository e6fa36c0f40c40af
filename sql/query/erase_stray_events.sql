DELETE FROM event WHERE execution = :execution;
