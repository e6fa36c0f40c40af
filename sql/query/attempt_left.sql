-- What a pass that died has left behind.
SELECT id, state FROM attempt
WHERE state IN ('intent', 'sending', 'accepted', 'unknown')
  AND state IN ('intent', 'sending');
