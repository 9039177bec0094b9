// SPDX-License-Identifier: Apache-2.0
// Which compute thread takes which waiting job: first come, first served, and nobody shares a core while
// another one is idle.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

#include "crypto/bcrypt/job.hpp"

namespace keyhold::crypto::bcrypt {

// No thread, no clock, no lock of its own: its owner holds one.
class Schedule {
public:
    // `lanes`: how many jobs a thread runs at once, 1 to max_lanes.
    Schedule(std::size_t threads, std::size_t lanes) : lanes_(lanes), running_(threads, 0) {}

    void add(std::unique_ptr<Job> job) { waiting_.push_back(std::move(job)); }

    // The next job for `thread`, which calls this at the end of each chunk until it gets none. A thread that runs
    // more than another leaves the job to that one, once: should it not come until the next chunk ends (no core
    // for it, perhaps), the job goes to who asks.
    std::unique_ptr<Job> take(std::size_t thread);

    void finished(std::size_t thread, std::size_t jobs) { running_[thread] -= jobs; }

    // Everybody who waits, in order; for the end.
    std::deque<std::unique_ptr<Job>> clear() { return std::exchange(waiting_, {}); }

    std::size_t waiting() const { return waiting_.size(); }
    std::size_t running() const;

private:
    std::size_t lanes_;
    std::vector<std::size_t> running_;  // by thread
    std::deque<std::unique_ptr<Job>> waiting_;
};

}  // namespace keyhold::crypto::bcrypt
