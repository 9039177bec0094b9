// SPDX-License-Identifier: Apache-2.0
#include "crypto/bcrypt/schedule.hpp"

#include <algorithm>
#include <numeric>

namespace keyhold::crypto::bcrypt {

std::unique_ptr<Job> Schedule::take(std::size_t thread, std::size_t room) {
    if (waiting_.empty() || running_[thread] >= room) return nullptr;
    Job& next = *waiting_.front();
    const bool least = running_[thread] == *std::min_element(running_.begin(), running_.end());
    // The mark is of the job and not of the thread: the next thread that asks, whichever it is, gets it.
    if (!least && !std::exchange(next.passed_over, true)) return nullptr;
    std::unique_ptr<Job> job = std::move(waiting_.front());
    waiting_.pop_front();
    ++running_[thread];
    return job;
}

std::size_t Schedule::running() const { return std::accumulate(running_.begin(), running_.end(), std::size_t{0}); }

}  // namespace keyhold::crypto::bcrypt
