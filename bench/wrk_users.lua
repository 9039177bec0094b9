-- SPDX-License-Identifier: Apache-2.0
-- Another user with each request, in an order that a disk does not like. BENCH_USERS: how many there are (user0, user1 ...).
-- With BENCH_TOKENS, a file with a token in each line, GET /protected by those in turn; without it POST /login.
local users, tokens = tonumber(os.getenv("BENCH_USERS")), {}
if os.getenv("BENCH_TOKENS") ~= "" then
  for line in io.lines(os.getenv("BENCH_TOKENS")) do tokens[#tokens + 1] = line end
end
local number = 0
function request()
  if #tokens > 0 then
    number = number % #tokens + 1
    return wrk.format("GET", "/protected", { Authorization = "Bearer " .. tokens[number] })
  end
  number = (number + 7368787) % users  -- a prime: it comes to everybody
  return wrk.format("POST", "/login", { ["Content-Type"] = "application/json" },
    string.format('{"username": "user%d", "password": "testpass"}', number))
end

function done(summary, latency)
  io.write(string.format("RESULT requests=%d seconds=%.6f p50=%.4f p99=%.4f max=%.4f status=%d errors=%d\n", summary.requests,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
