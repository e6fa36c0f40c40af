-- When the last pass began, by the clock of then.
SELECT max(started_at) FROM run;
