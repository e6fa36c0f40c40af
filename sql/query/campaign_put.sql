-- A campaign as callsheet.conf has it; another sheet is read from scratch.
INSERT INTO campaign (account, name, agent_id, sheet, timezone,
  calls_per_pass, gap_secs, max_live, max_attempts, listed_to)
VALUES (:account, :name, :agent, :sheet, :timezone, :calls_per_pass, :gap,
  :max_live, :max_attempts, unixepoch())
ON CONFLICT (name) DO UPDATE SET account = excluded.account,
  agent_id = excluded.agent_id,
  stamp = CASE WHEN (sheet, timezone, max_attempts)
    IS (excluded.sheet, excluded.timezone, excluded.max_attempts)
    THEN stamp ELSE '' END,
  sheet = excluded.sheet, timezone = excluded.timezone,
  calls_per_pass = excluded.calls_per_pass, gap_secs = excluded.gap_secs,
  max_live = excluded.max_live, max_attempts = excluded.max_attempts,
  active = 1
WHERE (active, account, agent_id, sheet, timezone, calls_per_pass, gap_secs,
    max_live, max_attempts)
  IS NOT (1, excluded.account, excluded.agent_id, excluded.sheet,
    excluded.timezone, excluded.calls_per_pass, excluded.gap_secs,
    excluded.max_live, excluded.max_attempts);
