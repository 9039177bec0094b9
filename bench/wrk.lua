-- One request again and again, from the environment: BENCH_PATH, BENCH_TOKEN (bearer), BENCH_BODY (JSON: a POST).
local token, body = os.getenv("BENCH_TOKEN"), os.getenv("BENCH_BODY")
local headers = {}
if token ~= "" then headers["Authorization"] = "Bearer " .. token end
if body ~= "" then headers["Content-Type"] = "application/json" else body = nil end
local text
function init()  -- wrk has put Host into wrk.headers by now
  for name, value in pairs(headers) do wrk.headers[name] = value end
  text = wrk.format(body and "POST" or "GET", os.getenv("BENCH_PATH"), nil, body)
end
function request() return text end

function done(summary, latency)
  io.write(string.format("RESULT requests=%d seconds=%.6f p50=%.4f p99=%.4f max=%.4f status=%d errors=%d\n", summary.requests,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
