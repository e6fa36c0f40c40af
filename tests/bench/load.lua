-- What wrk sends: webhooks about many calls at once.  The calls take turns
-- status by status, as they would over minutes, and no body is sent twice.
--
-- usage: wrk ... -s load.lua URL -- BODIES FIRST_CALL
-- BODIES holds one body a line, in the order of a call's life; "@CALL@" stands
-- for the twelve digits by which calls differ; their order is that of random
-- ids, as bodies.py has them.

local ROUND = 100		-- calls that are on their way together
local STEP = 618033989

local pieces = {}		-- of each status: the texts between the marks
local status, call, first = 1, 0, 0

local function split(text)
  local parts, from = {}, 1
  while true do
    local at, to = text:find("@CALL@", from, true)
    parts[#parts + 1] = text:sub(from, at and at - 1)
    if not at then return parts end
    from = to + 1
  end
end

function init(args)
  first = tonumber(args[2])
  for line in io.lines(args[1]) do
    local body = line:gsub("@CALL@", "000000000000")
    local whole = wrk.format("POST", nil,
      { ["Content-Type"] = "application/json" }, body)
    pieces[#pieces + 1] = split(whole:sub(1, -#body - 1) .. line)
  end
end

function request()
  local text = table.concat(pieces[status],
    string.format("%012d", (first + call) * STEP % 1e9))
  call = call + 1
  if call % ROUND == 0 then
    status = status + 1
    if status > #pieces then
      status = 1
    else
      call = call - ROUND
    end
  end
  return text
end

-- One line of numbers: requests, microseconds, failures, then the latency in
-- microseconds at each percentile from 1 to 99 and at 99.9.
function done(summary, latency)
  local e = summary.errors
  local out = { summary.requests, summary.duration,
    e.connect + e.read + e.write + e.status + e.timeout }
  for p = 1, 99 do
    out[#out + 1] = latency:percentile(p)
  end
  out[#out + 1] = latency:percentile(99.9)
  print("result " .. table.concat(out, " "))
end
