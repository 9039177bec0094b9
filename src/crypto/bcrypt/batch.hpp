// SPDX-License-Identifier: Apache-2.0
// Continuous batching on one core: computations join and leave the lanes whenever a chunk ends.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "crypto/bcrypt/job.hpp"
#include "crypto/bcrypt/lanes.hpp"

namespace keyhold::crypto::bcrypt {

// No thread, no clock, no lock: what happens depends on the calls alone. One thread at a time.
// Belongs to one compute thread. Its owner joins jobs between two calls of run() and completes
// what run() took out, outside of any lock.
class Batch {
public:
    struct Finished {
        std::unique_ptr<Job> job;
        std::optional<Digest> digest;  // empty: abandoned
    };

    // What the last call computed, which is what a rate is measured by.
    struct Ran {
        std::size_t lanes;
        std::uint32_t iterations;  // each of them
    };

    std::size_t size() const { return jobs_.size(); }

    // There must be room: size() below max_lanes. Costs half an iteration.
    void join(std::unique_ptr<Job> job);

    // Runs the first `most` lanes on by at most `iterations`, less if one of them ends before, and takes out who is
    // done or abandoned; the others, who came later, pause. The lanes that go on close ranks in their order, so that
    // they are 0 to size() - 1.
    // `finished` is appended to. Abandoned jobs are looked for first, so a batch of them alone runs nothing.
    Ran run(std::uint32_t iterations, std::vector<Finished>& finished, std::size_t most = max_lanes);

    // Takes everybody out, undone.
    void abandon(std::vector<Finished>& finished);

private:
    struct Running {
        std::unique_ptr<Job> job;
        std::uint32_t left;  // iterations
    };
    void take_out(std::size_t lane, std::optional<Digest> digest, std::vector<Finished>& finished);

    Lanes lanes_;
    std::vector<Running> jobs_;  // jobs_[i] is in lane i
};

}  // namespace keyhold::crypto::bcrypt
