INSERT INTO erased (mark) VALUES (:execution) ON CONFLICT DO NOTHING;
