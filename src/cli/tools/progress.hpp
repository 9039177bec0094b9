// SPDX-License-Identifier: Apache-2.0
// A progress bar for what takes longer than a second: rate and what is left. On a terminal it is drawn over itself,
// elsewhere it is a plain line now and then.
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string_view>

namespace keyhold::cli {

// One thread. `err` and `what` must outlive it.
class Progress {
public:
    // `what` is counted: "users".
    Progress(std::ostream& err, std::string_view what);
    ~Progress();  // leaves the terminal's line
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    // Cheap enough for each of a million: a look at the clock. `position` of `total` is how far we are, 0 if nobody
    // knows.
    void show(std::int64_t count, std::int64_t position, std::int64_t total);

private:
    using SteadyClock = std::chrono::steady_clock;
    void draw(std::int64_t count, std::int64_t position, std::int64_t total, SteadyClock::time_point now);

    std::ostream& err_;
    const std::string_view what_;
    const bool terminal_;
    const SteadyClock::time_point started_;
    SteadyClock::time_point next_;
    bool drawn_ = false;
};

}  // namespace keyhold::cli
