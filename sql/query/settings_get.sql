-- The settings in force.
SELECT hash FROM settings ORDER BY since DESC LIMIT 1;
