// SPDX-License-Identifier: Apache-2.0
// One slot, and few who may wait for it: for hashes that are so dear that they must not take all hashing threads.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <stop_token>

#include "base/exceptions.hpp"

namespace keyhold::crypto {

// Any thread.
class SingleSlot {
public:
    explicit SingleSlot(std::size_t waiting) : most_(waiting) {}

    // Has the slot for as long as it lives. Its making blocks until the slot is free; throws Busy if as many wait
    // already as may, Abandoned once `gone` is asked to stop.
    class Hold {
    public:
        Hold(SingleSlot& slot, const std::stop_token& gone) : slot_(slot) {
            std::unique_lock lock(slot_.mutex_);
            if (slot_.taken_ && slot_.waiting_ == slot_.most_) throw Busy("as many dear password hashes wait as may");
            ++slot_.waiting_;
            const bool is_free = slot_.free_.wait(lock, gone, [&] { return !slot_.taken_; });
            --slot_.waiting_;
            if (!is_free || gone.stop_requested()) {
                slot_.free_.notify_one();  // it may be us who was told that the slot is free
                throw Abandoned("nobody waits for this hash");
            }
            slot_.taken_ = true;
        }
        ~Hold() {
            {
                const std::lock_guard lock(slot_.mutex_);
                slot_.taken_ = false;
            }
            slot_.free_.notify_one();
        }
        Hold(const Hold&) = delete;
        Hold& operator=(const Hold&) = delete;

    private:
        SingleSlot& slot_;
    };

private:
    const std::size_t most_;
    std::mutex mutex_;  // of what follows
    std::condition_variable_any free_;
    bool taken_ = false;
    std::size_t waiting_ = 0;
};

}  // namespace keyhold::crypto
