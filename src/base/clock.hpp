// SPDX-License-Identifier: Apache-2.0
// Time is passed in: below server/ nobody asks the system what time it is.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace keyhold {

// Whole seconds, as tokens (NumericDate, RFC 7519 §2) and the database have them.
using Time = std::chrono::sys_seconds;

// Wall-clock time, which somebody may set back or forward while the server runs. What only measures how long something
// takes asks std::chrono::steady_clock.
class Clock {
public:
    virtual ~Clock() = default;
    virtual Time now() const = 0;  // any thread
};

class SystemClock final : public Clock {
public:
    Time now() const override {
        return std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
    }
};

// A clock that stands still until it is told otherwise; for tests and for `--now`.
// Not for several threads at once while it is set.
class FixedClock final : public Clock {
public:
    explicit FixedClock(Time time) : time_(time) {}
    Time now() const override { return time_; }
    void set(Time time) { time_ = time; }
    void advance(std::chrono::seconds by) { time_ += by; }

private:
    Time time_;
};

// "2026-11-23T04:20:00Z" (RFC 3339 §5.6), for years 0000 to 9999.
std::string rfc3339(Time time);

// What rfc3339() writes, and what databases and languages write: ' ' for 'T', a fraction (cut off), an offset or none
// (then it is UTC); or whole seconds since 1970. Empty for anything else.
std::optional<Time> parse_time(std::string_view text);

// The same, or a day, as people and <input type="date"> write it: "2026-11-30" is its first moment in UTC.
std::optional<Time> parse_day_or_time(std::string_view text);

}  // namespace keyhold
