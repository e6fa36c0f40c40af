-- A request is over: what it took in place of what was reserved.
UPDATE tokens SET requests = requests + :requests, input = input + :input,
  output = output + :output, reserved = max(0, reserved - :reserved)
WHERE account = :account AND day = :day;
