// SPDX-License-Identifier: Apache-2.0
#include "store/database/database_clock.hpp"

#include <algorithm>

namespace keyhold::store {

using std::chrono::floor;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using std::chrono::system_clock;

std::chrono::sys_time<milliseconds> DatabaseClock::now_in_milliseconds() const {
    const std::int64_t offset = offset_.load();
    if (offset == unknown) return floor<milliseconds>(system_clock::now());
    return std::chrono::sys_time<milliseconds>(
        floor<milliseconds>(BootClock::now().time_since_epoch() + nanoseconds(offset)));
}

void DatabaseClock::learn(BootClock::time_point before, BootClock::time_point after,
                          std::chrono::milliseconds its_time) {
    // The answer's time belongs to some moment between question and answer: so the offset is at least its_time - after
    // and at most its_time - before. What is known and lies between stays as it is.
    const auto earliest = (its_time - after.time_since_epoch()).count();
    const auto latest = (its_time - before.time_since_epoch()).count();
    const std::int64_t known = offset_.load();
    offset_ = known == unknown ? earliest + (latest - earliest) / 2 : std::clamp(known, earliest, latest);
}

seconds DatabaseClock::ahead() const {
    const std::int64_t offset = offset_.load();
    if (offset == unknown) return seconds(0);
    const auto by_database = BootClock::now().time_since_epoch() + nanoseconds(offset);
    return std::chrono::round<seconds>(by_database - system_clock::now().time_since_epoch());
}

}  // namespace keyhold::store
