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
// The queue is one for all threads, so that a job never waits for a busy thread while another one has nothing to do.
class Schedule {
public:
    explicit Schedule(std::size_t threads) : running_(threads, 0) {}

    void add(std::unique_ptr<Job> job) { waiting_.push_back(std::move(job)); }

    // The next job for `thread`, which has room for so many at once and calls this at the end of each chunk until it
    // gets none. A thread that has more than another leaves the job to that one, once: should it not come until the
    // next chunk ends (no core for it, perhaps), the job goes to who asks.
    std::unique_ptr<Job> take(std::size_t thread, std::size_t room);

    void finished(std::size_t thread, std::size_t jobs) { running_[thread] -= jobs; }

    // Everybody who waits, in order; for the end.
    std::deque<std::unique_ptr<Job>> clear() { return std::exchange(waiting_, {}); }

    std::size_t waiting() const { return waiting_.size(); }
    std::size_t running() const;

private:
    std::vector<std::size_t> running_;  // by thread
    std::deque<std::unique_ptr<Job>> waiting_;
};

}  // namespace keyhold::crypto::bcrypt
