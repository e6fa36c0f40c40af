-- scan: for people, who asked for the whole.
SELECT what, which, why, since FROM anomaly;
