-- SPDX-License-Identifier: Apache-2.0
-- POST /refresh without pause: each refresh token is used once, and its answer brings the one of a later request.
-- BENCH_TOKENS: a file of the first ones, one in a line; one more than there are connections, as wrk asks for one
-- request that it does not send.
local waiting, first, last = {}, 1, 0
local function push(token)
  last = last + 1
  waiting[last] = token
end
function init()
  wrk.headers["Content-Type"] = "application/json"
  for line in io.lines(os.getenv("BENCH_TOKENS")) do push(line) end
end
function request()
  local token = waiting[first]
  waiting[first], first = nil, first + 1
  return wrk.format("POST", "/refresh", nil, '{"refresh_token":"' .. token .. '"}')
end
function response(status, headers, body)
  if status == 200 then push(body:match('"refresh_token":"([^"]+)"')) end
end
function done(summary, latency)
  io.write(string.format("RESULT requests=%d seconds=%.6f p50=%.4f p99=%.4f max=%.4f status=%d errors=%d\n", summary.requests,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
