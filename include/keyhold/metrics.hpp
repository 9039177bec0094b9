// SPDX-License-Identifier: Apache-2.0
// What a program counts beside what Keyhold counts: it stands in the same /metrics.
//
//   keyhold::Counter& written = server.counter("notes_written_total", "Notes that were written.");
//   server.post("/notes", [&](const keyhold::User& who, const Note& note) { written.add(); ... });
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace keyhold {

// Goes up alone, from 0 at each start. Any thread; an addition is one instruction.
class Counter {
public:
    void add(std::uint64_t by = 1) noexcept { value_.fetch_add(by, std::memory_order_relaxed); }
    std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_ = 0;
};

// Something that goes up and down. Any thread.
class Gauge {
public:
    void set(double value) noexcept { value_.store(value, std::memory_order_relaxed); }
    double value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<double> value_ = 0;
};

// Those of one program. Filled before the server is opened; then any thread may look.
class OwnMetrics {
public:
    struct Metric {
        std::string name, help;
        std::unique_ptr<Counter> counter;  // one of the two
        std::unique_ptr<Gauge> gauge;
    };
    // Throw std::logic_error for a name that is no name of Prometheus's ([a-z_][a-z0-9_]*), is there already, belongs
    // to Keyhold (keyhold_, process_), or of a counter does not end in _total, as OpenMetrics wants it.
    Counter& counter(std::string name, std::string help);
    Gauge& gauge(std::string name, std::string help);
    const std::vector<Metric>& all() const { return all_; }

private:
    Metric& add(std::string name, std::string help);
    std::vector<Metric> all_;
};

}  // namespace keyhold
