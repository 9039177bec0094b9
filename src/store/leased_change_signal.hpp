// SPDX-License-Identifier: Apache-2.0
// The change signal of a database that is a server: there is no memory that the processes share, so a process may trust
// its own number only while it holds a lease (docs/several-nodes.md).
#pragma once

#include <time.h>

#include <atomic>
#include <chrono>
#include <cstdint>

#include "store/change_signal.hpp"

namespace keyhold::store {

// Goes on while the machine sleeps, and nobody sets it.
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

class LeasedChangeSignal final : public ChangeSignal {
public:
    void raise() noexcept override { raised_.fetch_add(1); }

    // Another number at each call while there is no lease: then whoever asks reads the changes before anything else.
    std::uint64_t count() const noexcept override {
        if (BootClock::now().time_since_epoch().count() < trusted_until_.load()) return raised_.load();
        return without_lease | unknown_.fetch_add(1);
    }

    void trust_until(BootClock::time_point time) noexcept { trusted_until_.store(time.time_since_epoch().count()); }

private:
    static constexpr std::uint64_t without_lease = std::uint64_t{1} << 63U;
    std::atomic<std::uint64_t> raised_ = 0;
    mutable std::atomic<std::uint64_t> unknown_ = 0;
    std::atomic<BootClock::rep> trusted_until_ = 0;
};

}  // namespace keyhold::store
