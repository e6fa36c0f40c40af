-- What an analysed call tells about the person: the sheet's name goes before
-- the one that was heard.  Nothing, when somebody else or nobody has spoken.
SELECT coalesce(nullif(l.name, ''), n.result ->> '$.name'),
  n.result ->> '$.email', n.result ->> '$.phone'
FROM analysis n
JOIN attempt a ON a.id = n.call
JOIN lead l ON l.id = a.lead
WHERE n.account = :account AND n.phone = :phone AND n.kind = 'individual'
  AND n.call = :attempt AND n.result IS NOT NULL
  AND n.result ->> '$.call_outcome'
    NOT IN ('wrong_person', 'voicemail', 'no_conversation');
