// SPDX-License-Identifier: Apache-2.0
// How log-ins ended, for /metrics.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>

#include "base/result.hpp"

namespace keyhold::domain {

// Any thread.
class LogInCounters {
public:
    // To be called once for each log-in, with what came of it.
    template <class T>
    void count(const Result<T>& outcome) {
        if (outcome) {
            ++succeeded_;
            return;
        }
        const std::scoped_lock lock(mutex_);
        ++refused_[outcome.error().errc()];
    }
    std::uint64_t succeeded() const { return succeeded_; }
    // By the refusal, those that there were.
    std::map<Errc, std::uint64_t> refused() const {
        const std::scoped_lock lock(mutex_);
        return refused_;
    }

private:
    std::atomic<std::uint64_t> succeeded_ = 0;
    mutable std::mutex mutex_;
    std::map<Errc, std::uint64_t> refused_;
};

}  // namespace keyhold::domain
