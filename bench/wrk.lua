-- SPDX-License-Identifier: Apache-2.0
-- One request again and again, from the environment: BENCH_PATH, BENCH_TOKEN (bearer), BENCH_BODY (JSON: a POST).
-- BENCH_TOKENS: a file of tokens, one in a line, that take turns.
local token, body, tokens = os.getenv("BENCH_TOKEN"), os.getenv("BENCH_BODY"), os.getenv("BENCH_TOKENS")
if body ~= "" then wrk.headers["Content-Type"] = "application/json" else body = nil end
local text, texts, turn = nil, {}, 0
local function request_with(bearer)
  if bearer ~= "" then wrk.headers["Authorization"] = "Bearer " .. bearer end
  return wrk.format(body and "POST" or "GET", os.getenv("BENCH_PATH"), nil, body)
end
function init()  -- wrk has put Host into wrk.headers by now
  if tokens == "" then text = request_with(token) else for line in io.lines(tokens) do texts[#texts + 1] = request_with(line) end end
end
function request()
  if text then return text end
  turn = turn % #texts + 1
  return texts[turn]
end

function done(summary, latency)
  io.write(string.format("RESULT requests=%d seconds=%.6f p50=%.4f p99=%.4f max=%.4f status=%d errors=%d\n", summary.requests,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
