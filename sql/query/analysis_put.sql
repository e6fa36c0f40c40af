-- What came of an analysis.  A result is never erased by a failure; the history
-- of a number does not go back to an earlier call.
INSERT INTO analysis (account, phone, kind, call, attempt, state, error, result,
  score, calls, model, response, input_tokens, output_tokens, millis, at, done_at)
VALUES (:account, :phone, :kind, :call, :attempt, :state, :error, :result,
  coalesce(:score, json_extract(:result, '$.lead_score')), :calls, :model,
  :response, :input, :output, :millis, :now,
  CASE WHEN :result IS NOT NULL THEN :now END)
ON CONFLICT (account, phone, kind, call) DO UPDATE SET
  attempt = excluded.attempt, state = excluded.state, error = excluded.error,
  result = coalesce(excluded.result, result),
  score = coalesce(excluded.score, score),
  calls = coalesce(excluded.calls, calls), model = excluded.model,
  response = excluded.response,
  input_tokens = input_tokens + excluded.input_tokens,
  output_tokens = output_tokens + excluded.output_tokens,
  millis = millis + excluded.millis, at = excluded.at,
  done_at = coalesce(excluded.done_at, done_at)
WHERE excluded.attempt >= attempt;
