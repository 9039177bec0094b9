// SPDX-License-Identifier: Apache-2.0
#include "crypto/bcrypt/batch.hpp"

#include <sched.h>

#include <algorithm>
#include <span>
#include <stdexcept>

namespace keyhold::crypto::bcrypt {

namespace {

// About 0.5 ms with all lanes: how often others may go before the thread.
constexpr std::uint32_t step = 6;

}  // namespace

void Batch::join(std::unique_ptr<Job> job) {
    if (jobs_.size() == max_lanes) throw std::logic_error("a batch is full");
    lanes_.start(jobs_.size(), job->request());
    const std::uint32_t iterations = std::uint32_t{1} << job->request().cost;
    jobs_.push_back({std::move(job), iterations});
}

Batch::Ran Batch::run(std::uint32_t iterations, std::vector<Finished>& finished, std::size_t most) {
    // From the back, as whoever is taken out makes those behind it move.
    for (std::size_t lane = jobs_.size(); lane-- > 0;)
        if (jobs_[lane].job->is_abandoned()) take_out(lane, std::nullopt, finished);
    const std::span running = std::span(jobs_).first(std::min(jobs_.size(), most));
    // No lane may run beyond its last iteration: all lanes do the same number, so the one that needs least decides.
    for (const Running& one : running) iterations = std::min(iterations, one.left);
    const Ran ran{running.size(), iterations};
    for (std::uint32_t done = 0; done < iterations; done += step) {
        lanes_.run(ran.lanes, std::min(step, iterations - done));
        // A slice ends with the kernel's next tick, up to 4 ms later, if nothing asks for it
        // (docs/decisions/0125-yields-beside-others.md).
        ::sched_yield();
    }
    for (Running& one : running) one.left -= iterations;
    for (std::size_t lane = jobs_.size(); lane-- > 0;)
        if (jobs_[lane].left == 0) take_out(lane, lanes_.finish(lane), finished);
    return ran;
}

void Batch::abandon(std::vector<Finished>& finished) {
    while (!jobs_.empty()) take_out(jobs_.size() - 1, std::nullopt, finished);
}

void Batch::take_out(std::size_t lane, std::optional<Digest> digest, std::vector<Finished>& finished) {
    finished.push_back({std::move(jobs_[lane].job), digest});
    lanes_.wipe(lane);
    // In their order, so that those who came first stay among the first `most` lanes and do not pause.
    for (std::size_t behind = lane + 1; behind < jobs_.size(); ++behind) lanes_.move(behind, behind - 1);
    jobs_.erase(jobs_.begin() + static_cast<std::ptrdiff_t>(lane));
}

}  // namespace keyhold::crypto::bcrypt
