-- Why the people with one number are, or are not, called.  Digits without a
-- country code are tried with those of the sheets' numbers.  :found has what
-- api_why_now.sql says of each.
WITH number (phone) AS (
  SELECT '+' || :digits
  UNION
  SELECT substr(l.phone, 1, length(l.phone) - length(:digits)) || :digits
  FROM campaign c JOIN lead l ON l.id = (SELECT p.id FROM lead p
    WHERE p.campaign = c.id AND p.present AND p.phone LIKE '+%' LIMIT 1)
  WHERE length(l.phone) > length(:digits) + 1
    AND (:account = 0 OR c.account = :account))
SELECT json_object(
  'phones', (SELECT json_group_array(phone) FROM number WHERE phone IN
    (SELECT l.phone FROM lead l JOIN campaign c ON c.id = l.campaign
     WHERE l.phone = number.phone
       AND (:account = 0 OR c.account = :account))),
  'closed', (SELECT json_group_array(json_object('phone', s.phone,
      'source', s.source, 'since', s.added_at,
      'note', CASE WHEN :account IN (0, s.account) THEN s.note END,
      'all', json(iif(s.account IS NULL, 'true', 'false'))))
    FROM suppression s WHERE s.phone IN (SELECT phone FROM number)
      AND s.removed_at IS NULL
      AND (:account = 0 OR s.account = :account OR s.account IS NULL)),
  'people', (SELECT json_group_array(json_object('lead', l.id, 'name', l.name,
      'phone', l.phone, 'campaign', c.name, 'control', l.control,
      'present', json(iif(l.present, 'true', 'false')),
      'now', json(json_extract(:found, '$.' || json_quote('' || l.id))),
      'decided', json((SELECT json_group_array(json_object('at', d.at,
          'verdict', d.verdict, 'says', coalesce(r.says, d.rule),
          'facts', json(d.facts), 'next_at', d.next_at,
          'all', json(iif(d.lead IS NULL, 'true', 'false'))))
        FROM (SELECT * FROM decision WHERE id IN (
            SELECT id FROM (SELECT id FROM decision WHERE lead = l.id
              ORDER BY id DESC LIMIT 20)
            UNION ALL
            SELECT id FROM (SELECT id FROM decision WHERE campaign = c.id
              AND lead IS NULL ORDER BY id DESC LIMIT 5))
          ORDER BY id DESC) d
        LEFT JOIN rule r ON r.name = d.rule))))
    FROM lead l JOIN campaign c ON c.id = l.campaign
    WHERE l.phone IN (SELECT phone FROM number)
      AND (:account = 0 OR c.account = :account)
      AND json_type(:found, '$.' || json_quote('' || l.id)) IS NOT NULL),
  'calls', (SELECT json_group_array(json(line)) FROM (
    SELECT json_object('id', t.id, 'lead', t.lead,
      'name', t.name, 'phone', t.phone, 'campaign', t.campaign_name,
      'state', t.state, 'status', t.status, 'live', t.live,
      'confirmed', t.confirmed, 'claimed_at', t.claimed_at,
      'sent_at', t.sent_at, 'ringing_at', t.ringing_at,
      'answered_at', t.answered_at, 'disconnected_at', t.disconnected_at,
      'ended_at', t.ended_at, 'seconds', t.seconds, 'cost', t.cost,
      'voicemail', t.voicemail, 'hangup', t.hangup, 'note', t.note) AS line
    FROM attempt a INDEXED BY attempt_phone JOIN call_line t ON t.id = a.id
    WHERE a.phone IN (SELECT phone FROM number) AND a.state <> 'released'
      AND (:account = 0 OR a.account = :account)
    ORDER BY t.id DESC LIMIT 50))) AS page;
