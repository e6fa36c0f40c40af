-- As execution_ahead.
UPDATE lane SET until = :now WHERE until > :now + 7200;
