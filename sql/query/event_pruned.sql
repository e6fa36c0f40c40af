-- Is some of what was said about an execution not there any more?
SELECT EXISTS (SELECT 1 FROM event WHERE execution = :execution AND body = '');
