SELECT id FROM attempt WHERE execution = :execution;
