-- What Bolna has confirmed since :from, by hour of the day, by day and by how
-- it ended.  :offset is that of local time, in seconds.
WITH t AS MATERIALIZED (
  SELECT (slot + :offset) / 86400 AS day,
    (slot + :offset) % 86400 / 3600 AS hour, final, sum(calls) AS calls,
    sum(answered) AS answered, total(talk_secs) AS talk,
    total(cost_cents) / 100 AS cost
  FROM campaign c JOIN tally ON tally.campaign = c.id AND slot >= :from
  WHERE :account = 0 OR c.account = :account
  GROUP BY 1, 2, 3)
SELECT json_object(
  'hours', (SELECT json_group_array(json_object('hour', hour, 'calls', calls,
      'answered', answered)) FROM (SELECT hour, sum(calls) AS calls,
    sum(answered) AS answered FROM t GROUP BY hour ORDER BY hour)),
  'days', (SELECT json_group_array(json_object('day', day * 86400,
      'calls', calls, 'answered', answered, 'talk', talk,
      'cost', round(cost, 4))) FROM (SELECT day, sum(calls) AS calls,
    sum(answered) AS answered, total(talk) AS talk, total(cost) AS cost
    FROM t GROUP BY day ORDER BY day)),
  'finals', (SELECT json_group_array(json_object('final', final,
      'calls', calls)) FROM (SELECT final, sum(calls) AS calls FROM t
    GROUP BY final HAVING sum(calls) > 0 ORDER BY 2 DESC))) AS page;
