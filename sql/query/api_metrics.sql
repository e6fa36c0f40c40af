-- scan: what is wrong: the view anomaly looks at little.
-- What the database says to Prometheus, in its format.
SELECT '# HELP callsheet_live_calls Calls on the line.' || char(10)
  || '# TYPE callsheet_live_calls gauge' || char(10)
  || 'callsheet_live_calls ' || (SELECT count(*) FROM campaign c
    JOIN attempt a INDEXED BY attempt_open ON a.campaign = c.id
      AND a.state IN ('intent', 'sending', 'accepted', 'unknown')) || char(10)
  || '# HELP callsheet_waiting_leads People who wait for a call.' || char(10)
  || '# TYPE callsheet_waiting_leads gauge' || char(10)
  || 'callsheet_waiting_leads ' || (SELECT count(*) FROM campaign c
    JOIN lead l INDEXED BY lead_due ON l.campaign = c.id
    WHERE l.next_at IS NOT NULL AND l.held IS NULL AND l.present
      AND c.active) || char(10)
  || '# HELP callsheet_problems Rows of the view anomaly.' || char(10)
  || '# TYPE callsheet_problems gauge' || char(10)
  || 'callsheet_problems ' || (SELECT count(*) FROM anomaly) || char(10)
  || '# HELP callsheet_last_pass_timestamp_seconds When the dialer last began a pass.'
  || char(10)
  || '# TYPE callsheet_last_pass_timestamp_seconds gauge' || char(10)
  || 'callsheet_last_pass_timestamp_seconds '
  || coalesce((SELECT max(started_at) FROM run), 0) || char(10)
  || '# HELP callsheet_calls_total Confirmed calls by how they ended.'
  || char(10)
  || '# TYPE callsheet_calls_total counter' || char(10)
  || coalesce((SELECT group_concat('callsheet_calls_total{status="' || final
      || '"} ' || n || char(10), '') FROM (SELECT final, sum(calls) AS n
    FROM tally GROUP BY final ORDER BY final)), '')
  || '# HELP callsheet_cost_dollars_total What confirmed calls cost.'
  || char(10)
  || '# TYPE callsheet_cost_dollars_total counter' || char(10)
  || 'callsheet_cost_dollars_total '
  || round((SELECT total(cost_cents) FROM tally) / 100, 4) || char(10)
  AS page;
