-- Messages about alarms hold the names of rows, to the row's account.
DELETE FROM post WHERE attempt IS NULL AND (account, 1) IN (
  SELECT c.account, instr(text, 'row ' || l.name || ':') > 0
  FROM lead l JOIN campaign c ON c.id = l.campaign
  WHERE l.id = :lead AND l.name <> '');
