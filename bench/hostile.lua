-- SPDX-License-Identifier: Apache-2.0
-- A client that never waits: the next request comes at once, whatever the answer was.
-- BENCH_PATH: "/register" of names that nobody has, or "/login" with BENCH_BODY. Prints how many were done and refused.
local path, body = os.getenv("BENCH_PATH"), os.getenv("BENCH_BODY")
local prefix, count = os.getenv("BENCH_PREFIX"), 0
local threads = {}
wrk.headers["Content-Type"] = "application/json"
function setup(thread) table.insert(threads, thread) end
function init() done_count, refused_count, other_count = 0, 0, 0 end
function request()
  if path ~= "/register" then return wrk.format("POST", path, nil, body) end
  count = count + 1
  return wrk.format("POST", path, nil, string.format('{"username": "%s%d", "password": "umbrella-fjord-teaspoon"}', prefix, count))
end
function response(status)
  if status == 200 then done_count = done_count + 1 elseif status == 503 then refused_count = refused_count + 1 else other_count = other_count + 1 end
end

function done(summary, latency)
  local thread = threads[1]
  io.write(string.format("RESULT done=%d refused=%d others=%d seconds=%.6f max=%.4f\n", thread:get("done_count"), thread:get("refused_count"),
    thread:get("other_count"), summary.duration / 1e6, latency.max / 1e3))
end
