-- SPDX-License-Identifier: Apache-2.0
-- POST BENCH_PATH with forms. BENCH_FORMS: a file of them, one in a line. BENCH_MODE is "each" (every form is sent once,
-- and the run ends early where there are none left), "again" (they take turns), or "refresh": lines are refresh tokens,
-- each is used once behind BENCH_PREFIX, and its answer brings that of a later request; one more line than there are
-- connections, as wrk asks for one request that it does not send. BENCH_BASIC: the client, in base64.
local mode, path, prefix = os.getenv("BENCH_MODE"), os.getenv("BENCH_PATH"), os.getenv("BENCH_PREFIX")
local waiting, first, last = {}, 1, 0
local function push(text)
  last = last + 1
  waiting[last] = text
end
function init()
  wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
  local basic = os.getenv("BENCH_BASIC")
  if basic ~= "" then wrk.headers["Authorization"] = "Basic " .. basic end
  for line in io.lines(os.getenv("BENCH_FORMS")) do push(line) end
end
function request()
  if first > last then
    wrk.thread:stop()
    return wrk.format("POST", path, nil, "none=left")
  end
  local text = waiting[first]
  if mode == "again" then push(text) end
  waiting[first], first = nil, first + 1
  return wrk.format("POST", path, nil, mode == "refresh" and prefix .. text or text)
end
if mode == "refresh" then
  function response(status, headers, body)
    if status == 200 then push(body:match('"refresh_token":"([^"]+)"')) end
  end
end
function done(summary, latency)
  io.write(string.format("RESULT requests=%d seconds=%.6f p50=%.4f p99=%.4f max=%.4f status=%d errors=%d\n", summary.requests,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
