-- Messages about alarms hold the names of rows.
DELETE FROM post WHERE attempt IS NULL AND instr(text, (
  SELECT name FROM lead WHERE id = :lead AND name <> '')) > 0;
