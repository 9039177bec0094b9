// SPDX-License-Identifier: Apache-2.0
// The change signal of a database that is a server: there is no memory that the processes share, so a process may trust
// its own number only while it holds a lease (docs/several-nodes.md).
#pragma once

#include <time.h>

#include <atomic>
#include <chrono>
#include <cstdint>

#include "store/database/change_signal.hpp"

namespace keyhold::store {

// Goes on while the machine sleeps, and nobody sets it.
// CLOCK_BOOTTIME: a lease must run out while a machine is suspended, and CLOCK_MONOTONIC stands still then.
struct BootClock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<BootClock>;
    static constexpr bool is_steady = true;
    static time_point now() noexcept {
        timespec time{};
        ::clock_gettime(CLOCK_BOOTTIME, &time);
        return time_point(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
    }
};

// Any thread; trust_until() is called by the node's alone.
class LeasedChangeSignal final : public ChangeSignal {
public:
    void raise() noexcept override { raised_.fetch_add(1); }

    // Another number at each call while there is no lease: then whoever asks reads the changes before anything else.
    std::uint64_t count() const noexcept override {
        if (BootClock::now().time_since_epoch().count() < trusted_until_.load()) return raised_.load();
        return without_lease | unknown_.fetch_add(1);
    }

    // A time in the past ends the lease at once.
    void trust_until(BootClock::time_point time) noexcept { trusted_until_.store(time.time_since_epoch().count()); }

private:
    // The highest bit keeps numbers without a lease apart from those with one, so that none of them is ever equal to a
    // number that somebody remembers.
    static constexpr std::uint64_t without_lease = std::uint64_t{1} << 63U;
    std::atomic<std::uint64_t> raised_ = 0;
    mutable std::atomic<std::uint64_t> unknown_ = 0;
    std::atomic<BootClock::rep> trusted_until_ = 0;
};

}  // namespace keyhold::store
