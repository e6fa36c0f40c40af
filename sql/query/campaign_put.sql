-- A campaign as callsheet.conf has it; another sheet is read from scratch, and
-- so is what says otherwise what a row means.
INSERT INTO campaign (account, name, agent_id, sheet, timezone,
  calls_per_pass, gap_secs, max_live, max_attempts, purpose, disclosed, series,
  enforce_series, last_secs, minute_cost, call_cost, max_secs, dry_run)
VALUES (:account, :name, :agent, :sheet, :timezone, :calls_per_pass, :gap,
  :max_live, :max_attempts, :purpose, :disclosed, :series, :enforce_series,
  :last_secs, :minute_cost, :call_cost, :max_secs, :dry_run)
ON CONFLICT (name) DO UPDATE SET account = excluded.account,
  agent_id = excluded.agent_id,
  stamp = CASE WHEN (sheet, timezone, max_attempts)
    IS (excluded.sheet, excluded.timezone, excluded.max_attempts)
    THEN stamp ELSE '' END,
  sheet = excluded.sheet, timezone = excluded.timezone,
  calls_per_pass = excluded.calls_per_pass, gap_secs = excluded.gap_secs,
  max_live = excluded.max_live, max_attempts = excluded.max_attempts,
  purpose = excluded.purpose, disclosed = excluded.disclosed,
  series = excluded.series, enforce_series = excluded.enforce_series,
  last_secs = excluded.last_secs, call_cost = excluded.call_cost,
  minute_cost = excluded.minute_cost, max_secs = excluded.max_secs,
  dry_run = excluded.dry_run, active = 1
WHERE (active, account, agent_id, sheet, timezone, calls_per_pass, gap_secs,
    max_live, max_attempts, purpose, disclosed, series, enforce_series,
    last_secs, minute_cost, call_cost, max_secs, dry_run)
  IS NOT (1, excluded.account, excluded.agent_id, excluded.sheet,
    excluded.timezone, excluded.calls_per_pass, excluded.gap_secs,
    excluded.max_live, excluded.max_attempts, excluded.purpose,
    excluded.disclosed, excluded.series, excluded.enforce_series,
    excluded.last_secs, excluded.minute_cost, excluded.call_cost,
    excluded.max_secs, excluded.dry_run);
