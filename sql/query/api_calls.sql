-- Calls, newest first, before :before.  Of those at most :scan are looked at,
-- so that an answer costs the same whatever is stored; next says where to go
-- on.  :prefix is the beginning of a number, :text a part of a name or number.
-- A beginning that few numbers have is looked up, any other is a filter.
WITH few (yes) AS MATERIALIZED (
  SELECT :prefix IS NOT NULL AND (SELECT count(*) FROM (SELECT 1 FROM attempt
    INDEXED BY attempt_phone WHERE phone >= :prefix AND phone < :prefix || '~'
    LIMIT :scan)) < :scan),
seen AS MATERIALIZED (
  -- a limit of none begins no search; a condition would be asked of each row
  SELECT id FROM (SELECT id FROM attempt INDEXED BY attempt_account
    WHERE account = :account AND state <> 'released' AND id < :before
    ORDER BY id DESC LIMIT iif((SELECT yes FROM few), 0, :scan))
  UNION ALL
  SELECT id FROM (SELECT id FROM attempt WHERE :account = 0 AND id < :before
    ORDER BY id DESC LIMIT iif((SELECT yes FROM few), 0, :scan))
  UNION ALL
  SELECT id FROM (SELECT id FROM attempt INDEXED BY attempt_phone
    WHERE phone >= :prefix AND phone < :prefix || '~' AND id < :before
      AND (:account = 0 OR account = :account)
    ORDER BY id DESC LIMIT iif((SELECT yes FROM few), :scan, 0))),
found AS MATERIALIZED (
  SELECT t.id FROM seen JOIN call_line t ON t.id = seen.id
  WHERE t.state <> 'released'
    AND (:campaign IS NULL OR t.campaign =
      (SELECT id FROM campaign WHERE name = :campaign))
    AND (:status IS NULL OR t.status IN
        (SELECT status FROM disposition WHERE means = :status)
      OR t.state = :status OR (:status = 'live' AND t.live))
    AND (:prefix IS NULL OR (t.phone >= :prefix AND t.phone < :prefix || '~'))
    AND (:text IS NULL OR instr(lower(t.name), lower(:text))
      OR instr(t.phone, :text))
  ORDER BY t.id DESC LIMIT :limit)
SELECT json_object(
  'calls', (SELECT json_group_array(json(line)) FROM (
    SELECT json_object('id', t.id, 'lead', t.lead,
      'name', t.name, 'phone', t.phone, 'campaign', t.campaign_name,
      'state', t.state, 'status', t.status, 'live', t.live,
      'confirmed', t.confirmed, 'claimed_at', t.claimed_at,
      'sent_at', t.sent_at, 'ringing_at', t.ringing_at,
      'answered_at', t.answered_at, 'disconnected_at', t.disconnected_at,
      'ended_at', t.ended_at, 'seconds', t.seconds, 'cost', t.cost,
      'voicemail', t.voicemail, 'hangup', t.hangup, 'note', t.note) AS line
    FROM found JOIN call_line t ON t.id = found.id ORDER BY t.id DESC)),
  'next', CASE
    WHEN (SELECT count(*) FROM found) = :limit THEN (SELECT min(id) FROM found)
    WHEN (SELECT count(*) FROM seen) = :scan THEN (SELECT min(id) FROM seen)
    END,
  'searched_to', (SELECT claimed_at FROM attempt
    WHERE id = (SELECT min(id) FROM seen))) AS page;
