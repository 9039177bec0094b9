// SPDX-License-Identifier: Apache-2.0
// How fast a fixed number of threads work: measured while all of them are busy.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>

namespace keyhold::http {

// No clock of its own. Its owner holds a lock.
// The mean is exponential: each measurement counts for 1/64. It is measured only while no thread is free, since a
// thread that waits for work says nothing about how fast work is done.
class Pace {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Duration = std::chrono::nanoseconds;

    // `guess` holds until something was measured.
    Pace(std::size_t threads, Duration guess) : threads_(threads), mean_(guess) {}

    // The clock of the first measurement starts when the last free thread has found work.
    void began(Time now) {
        if (++running_ == threads_ && !last_) last_ = now;
    }

    // `more`: the thread goes on with the next one at once.
    void done(Time now, bool more) {
        if (last_) mean_ += (now - *last_ - mean_) / weight;
        --running_;
        last_ = last_ && more ? std::optional(now) : std::nullopt;
    }

    // The time between two that are done. If nothing was done for a while, each of the threads has taken that long.
    Duration between(Time now) const {
        return last_ ? std::max(mean_, Duration(now - *last_) / static_cast<std::int64_t>(threads_)) : mean_;
    }

    // How long one takes while all threads are busy.
    Duration work() const { return mean_ * static_cast<std::int64_t>(threads_); }

    std::size_t free() const { return threads_ - running_; }
    std::size_t running() const { return running_; }

private:
    // bcrypt's lanes are done a dozen at a time, so that the mean is of several such groups.
    static constexpr std::int64_t weight = 64;

    const std::size_t threads_;
    std::size_t running_ = 0;
    // Between two that are done, over all threads: about the time of one piece of work divided by their number.
    Duration mean_;
    std::optional<Time> last_;  // since when all were busy, or the last was done since then
};

}  // namespace keyhold::http
