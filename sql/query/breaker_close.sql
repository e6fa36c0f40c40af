DELETE FROM breaker WHERE until <= :now;
