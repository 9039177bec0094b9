// SPDX-License-Identifier: Apache-2.0
// How log-ins ended, for /metrics.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/errors.hpp"
#include "base/result.hpp"

namespace keyhold::domain {

// Any thread.
class LogInCounters {
public:
    template <class T>
    void count(const Result<T>& outcome) {
        ++(outcome ? succeeded_ : refused_[static_cast<std::size_t>(outcome.error().errc())]);
    }
    std::uint64_t succeeded() const { return succeeded_; }
    std::uint64_t refused(Errc why) const { return refused_[static_cast<std::size_t>(why)]; }

private:
    std::atomic<std::uint64_t> succeeded_ = 0;
    std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(Errc::count_)> refused_{};
};

}  // namespace keyhold::domain
