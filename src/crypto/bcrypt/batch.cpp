// SPDX-License-Identifier: Apache-2.0
#include "crypto/bcrypt/batch.hpp"

#include <algorithm>
#include <stdexcept>

namespace keyhold::crypto::bcrypt {

void Batch::join(std::unique_ptr<Job> job) {
    if (jobs_.size() == max_lanes) throw std::logic_error("a batch is full");
    lanes_.start(jobs_.size(), job->request());
    const std::uint32_t iterations = std::uint32_t{1} << job->request().cost;
    jobs_.push_back({std::move(job), iterations});
}

void Batch::run(std::uint32_t iterations, std::vector<Finished>& finished) {
    for (std::size_t lane = jobs_.size(); lane-- > 0;)
        if (jobs_[lane].job->is_abandoned()) take_out(lane, std::nullopt, finished);
    for (const Running& running : jobs_) iterations = std::min(iterations, running.left);
    lanes_.run(jobs_.size(), iterations);
    for (Running& running : jobs_) running.left -= iterations;
    for (std::size_t lane = jobs_.size(); lane-- > 0;)
        if (jobs_[lane].left == 0) take_out(lane, lanes_.finish(lane), finished);
}

void Batch::abandon(std::vector<Finished>& finished) {
    while (!jobs_.empty()) take_out(jobs_.size() - 1, std::nullopt, finished);
}

void Batch::take_out(std::size_t lane, std::optional<Digest> digest, std::vector<Finished>& finished) {
    finished.push_back({std::move(jobs_[lane].job), digest});
    const std::size_t last = jobs_.size() - 1;
    lanes_.wipe(lane);
    if (lane != last) {
        lanes_.move(last, lane);
        jobs_[lane] = std::move(jobs_[last]);
    }
    jobs_.pop_back();
}

}  // namespace keyhold::crypto::bcrypt
