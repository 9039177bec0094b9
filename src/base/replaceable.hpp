// SPDX-License-Identifier: Apache-2.0
// A value that is read all the time and replaced now and then, while others read it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace keyhold {

// Any thread. A reader pays one memory access. What was replaced is kept to the end, as somebody may still look at it:
// meant for what a person changes.
template <class T>
class Replaceable {
public:
    explicit Replaceable(T value) { replace(std::move(value)); }

    // The reference is good as long as this object, also after a replace().
    const T& get() const { return *current_.load(std::memory_order_acquire); }

    void replace(T value) {
        const std::lock_guard lock(mutex_);
        kept_.push_back(std::make_unique<const T>(std::move(value)));
        current_.store(kept_.back().get(), std::memory_order_release);
    }

private:
    std::mutex mutex_;
    std::vector<std::unique_ptr<const T>> kept_;  // under mutex_
    std::atomic<const T*> current_ = nullptr;
};

}  // namespace keyhold
