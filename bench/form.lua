-- SPDX-License-Identifier: Apache-2.0
-- Forms to BENCH_PATH. BENCH_BODIES: a file of them, a line each, which are sent once; the run ends with the last one.
-- BENCH_CHAIN: what stands before a refresh token instead; each answer brings the one of a later request. BENCH_TOKENS
-- has the first ones, one more than there are connections, as wrk asks for one request that it does not send.
local path, chain = os.getenv("BENCH_PATH"), os.getenv("BENCH_CHAIN")
local waiting, first, last, thread = {}, 1, 0, nil
local function push(body)
  last = last + 1
  waiting[last] = body
end
function setup(it) it:set("thread", it) end
function init()
  wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
  for line in io.lines(os.getenv(chain ~= "" and "BENCH_TOKENS" or "BENCH_BODIES")) do push(chain ~= "" and chain .. line or line) end
end
function request()
  local body = waiting[first]
  if body == nil then
    wrk.thread:stop()
    body = ""
  else
    waiting[first], first = nil, first + 1
  end
  return wrk.format("POST", path, nil, body)
end
function response(status, headers, body)
  if chain ~= "" and status == 200 then push(chain .. body:match('"refresh_token":"([^"]+)"')) end
end
function done(summary, latency)
  io.write(string.format("RESULT requests=%d seconds=%.6f p50=%.4f p99=%.4f max=%.4f status=%d errors=%d\n", summary.requests,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
