// SPDX-License-Identifier: Apache-2.0
// What one I/O thread has answered, for /metrics: counted without a lock, as one thread writes and others only read.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

namespace keyhold::http {

// Load and store instead of fetch_add: with a single writer nothing can get lost, and a locked instruction costs more
// than the addition. A reader may see counters of one request half counted.
class Counter {
public:
    void add(std::uint64_t amount = 1) {
        value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
    }
    std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_ = 0;
};

// What one thread has answered of one route, since the start; /metrics adds up the threads.
struct RouteTraffic {
    // Where one bucket of durations ends and the next begins: a protected route takes microseconds, a log-in a quarter
    // of a second, more when others wait.
    static constexpr std::array<std::chrono::microseconds, 13> bounds{
        std::chrono::microseconds(100),      std::chrono::microseconds(250),     std::chrono::microseconds(500),
        std::chrono::microseconds(1'000),    std::chrono::microseconds(2'500),   std::chrono::microseconds(5'000),
        std::chrono::microseconds(10'000),   std::chrono::microseconds(50'000),  std::chrono::microseconds(100'000),
        std::chrono::microseconds(250'000),  std::chrono::microseconds(500'000), std::chrono::microseconds(1'000'000),
        std::chrono::microseconds(2'500'000)};

    // `duration` is from the complete request to the answer that was written, without the time that the client took to
    // send or take them. A status outside of 100 to 599 counts for the nearest class.
    void count(int status, std::chrono::nanoseconds duration) {
        by_class[static_cast<std::size_t>(std::clamp(status / 100, 1, 5) - 1)].add();
        const auto* const bound = std::find_if(bounds.begin(), bounds.end(), [&](auto end) { return duration <= end; });
        buckets[static_cast<std::size_t>(bound - bounds.begin())].add();
        nanoseconds.add(static_cast<std::uint64_t>(duration.count()));
    }

    std::array<Counter, 5> by_class;  // 1xx to 5xx
    // Each counts for itself; the sums that Prometheus wants ("le") are made when they are shown. The last one is for
    // what took longer than all bounds.
    std::array<Counter, bounds.size() + 1> buckets;
    // The sum of all durations.
    Counter nanoseconds;
};

struct Traffic {
    // Routes have numbers from 1 on; 0 is what found none.
    explicit Traffic(std::size_t routes_count) : routes(routes_count + 1) {}

    std::vector<RouteTraffic> routes;
    Counter accepted;  // connections
    Counter ended;
};

}  // namespace keyhold::http
