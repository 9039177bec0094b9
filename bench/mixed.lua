-- SPDX-License-Identifier: Apache-2.0
-- People who come and go: they log in, are greeted, look at themselves, log out; some ask for what is not there. The first in
-- `tokens` is the oldest; who is about to be logged out asks for nothing more.
local accounts = tonumber(os.getenv("BENCH_ACCOUNTS"))
local password = os.getenv("BENCH_PASSWORD")
local enough, leaving = 400, 100
local tokens, first, last = {}, 1, 0
bad = 0

local function with_token(method, path, token)
  return wrk.format(method, path, {["Authorization"] = "Bearer " .. token})
end

function init() math.randomseed(tonumber(os.getenv("BENCH_SEED"))) end

function request()
  local dice = math.random(100)
  if last - first < enough or dice <= 4 then
    local body = string.format('{"username":"account%d","password":"%s"}', math.random(accounts), password)
    return wrk.format("POST", "/login", {["Content-Type"] = "application/json"}, body)
  elseif dice <= 8 then
    first = first + 1
    local token = tokens[first - 1]
    tokens[first - 1] = nil
    return with_token("POST", "/logout", token)
  elseif dice <= 10 then
    return wrk.format("GET", "/nothing")
  end
  return with_token("GET", dice <= 14 and "/me" or "/protected", tokens[math.random(first + leaving, last)])
end

function response(status, _, body)
  if status ~= 200 and status ~= 404 then bad = bad + 1 end
  local token = status == 200 and body:match('"access_token":"([^"]+)"')
  if token then last = last + 1; tokens[last] = token end
end

local threads = {}
function setup(thread) threads[#threads + 1] = thread end

function done(summary, latency)
  io.write(string.format("RESULT requests=%d bad=%d errors=%d seconds=%.2f p50=%.3f p99=%.3f\n", summary.requests,
    threads[1]:get("bad"), summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
