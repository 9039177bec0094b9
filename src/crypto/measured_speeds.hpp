// SPDX-License-Identifier: Apache-2.0
// How fast this machine computes each kind of hash, found out when it is first asked for.
#pragma once

#include <array>
#include <chrono>
#include <mutex>

#include "crypto/hash_work.hpp"

namespace keyhold::crypto {

// Any thread: whoever asks for a kind while another one measures it waits for the result.
class MeasuredSpeeds final : public HashSpeeds {
public:
    // The first call for a kind computes three small hashes, 1 to 50 ms in all. What counts is the thread's own time
    // and the quickest of the three, so that a busy machine does not look slow.
    double nanoseconds_per_unit(Work::Kind kind) override;

private:
    static constexpr auto kinds = static_cast<std::size_t>(Work::Kind::count_);
    std::array<std::once_flag, kinds> measured_;
    std::array<double, kinds> speeds_{};
};

// What the calling thread has computed so far.
std::chrono::nanoseconds thread_time();

}  // namespace keyhold::crypto
