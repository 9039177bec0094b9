// SPDX-License-Identifier: Apache-2.0
// How much happens: sign-ins, refusals and new accounts hour by hour, for whoever looks after the server.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

#include "base/clock.hpp"
#include "store/stores.hpp"

namespace keyhold::domain {

// Any thread. An hour that is over does not change any more, so it is counted once and remembered; the first look at a
// busy server counts as much as one look may, and those that follow the rest.
class Activity {
public:
    // Both must outlive it.
    Activity(const store::Stores& stores, const Clock& clock) : stores_(stores), clock_(clock) {}

    // How far report() looks back: 30 days.
    static constexpr std::size_t hours = 30 * 24;
    // `refused` counts log-ins that were refused or that locked an account, with those that only have a summing row
    // ("more_refused").
    struct Hour {
        std::int64_t signed_in = 0, refused = 0, registered = 0;
        Hour& operator+=(const Hour& other);
    };
    struct Report {
        std::int64_t users = 0;           // about a minute old at most
        std::array<Hour, hours> by_hour;  // of UTC, the present one last
        Time begin;                       // of the first of them
        bool is_complete = true;          // false: the oldest were not counted yet
    };
    // Throws Unavailable. Counts under its lock what it does not remember, so two callers do not count the same hours
    // twice: the second one waits for the first.
    Report report();

private:
    // Of the hour that begins at `begin`, from the database.
    Hour count(Time begin);

    const store::Stores& stores_;
    const Clock& clock_;
    std::mutex mutex_;
    std::map<std::int64_t, Hour> over_;  // by the number of the hour since 1970
    std::int64_t users_ = 0;
    Time users_counted_at_{};
};

}  // namespace keyhold::domain
