// SPDX-License-Identifier: Apache-2.0
// What time it is by the database's clock. Several nodes compare times that others of them wrote (when a session is
// idle, a token's grace, how long a name is locked), and their own clocks may differ; the database is the one machine
// that they share. On SQLite that is this machine, and its clock is ours.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/clock.hpp"
#include "store/database/leased_change_signal.hpp"

namespace keyhold::store {

// Any thread.
// Milliseconds, as exact as the answer was quick.
class DatabaseClock final : public Clock {
public:
    // The machine's until somebody has asked the database. Then it goes on with BootClock, which nobody sets, also
    // while the database is gone.
    Time now() const override { return std::chrono::floor<std::chrono::seconds>(now_in_milliseconds()); }
    // The same with what is below a second, for the order of ids.
    std::chrono::sys_time<std::chrono::milliseconds> now_in_milliseconds() const;

    // The database said `its_time` at some moment between `before` and `after`. Moves by no more than that leaves in
    // doubt, so a slow answer does not make the time jump. One thread at a time.
    void learn(BootClock::time_point before, BootClock::time_point after, std::chrono::milliseconds its_time);

    // How far it is ahead of the machine's clock; negative: behind.
    std::chrono::seconds ahead() const;

private:
    static constexpr std::int64_t unknown = INT64_MIN;
    // Replaced as a whole, so now() needs no lock.
    std::atomic<std::int64_t> offset_ = unknown;  // ns from BootClock to the time since 1970
};

}  // namespace keyhold::store
