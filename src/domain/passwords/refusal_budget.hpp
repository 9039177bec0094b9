// SPDX-License-Identifier: Apache-2.0
// Which refused log-ins get a row among the events, and how many did not: whoever guesses for a year shall not fill the
// disk. A token bucket of each server: 600 rows at once, 10 more each minute, which is 6 MB a day at most. The others
// are counted, and one row a minute says how many they were.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>

#include "base/clock.hpp"

namespace keyhold::domain {

// Any thread.
class RefusalBudget {
public:
    static constexpr std::int64_t most_at_once = 600, per_minute = 10;

    // Whether this one gets a row; else it is counted.
    bool take(Time now) {
        const std::lock_guard lock(mutex_);
        full_at_ = std::clamp(full_at_, now, now + most_at_once * for_one);  // a clock may have been set
        if (full_at_ + for_one > now + most_at_once * for_one) {
            ++untold_;
            return false;
        }
        full_at_ += for_one;
        return true;
    }
    void add(std::int64_t count = 1) { untold_ += count; }
    // How many were counted since the last call.
    std::int64_t drain() { return untold_.exchange(0); }

private:
    static constexpr std::chrono::seconds for_one{60 / per_minute};
    std::mutex mutex_;
    Time full_at_{};
    std::atomic<std::int64_t> untold_ = 0;
};

}  // namespace keyhold::domain
