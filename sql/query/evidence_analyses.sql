-- What a language model made of the calls to a number.
SELECT l.timezone, n.id, acc.name, n.phone, n.kind, n.attempt, n.state, n.error,
  n.result, n.score, n.calls, n.model, n.response, n.input_tokens,
  n.output_tokens, n.at, n.done_at
FROM account acc CROSS JOIN analysis n ON n.account = acc.id AND n.phone = :phone
JOIN attempt a ON a.id = n.attempt JOIN lead l ON l.id = a.lead
WHERE :account IS NULL OR acc.id = :account
ORDER BY n.id;
