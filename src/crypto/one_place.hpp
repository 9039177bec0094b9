// SPDX-License-Identifier: Apache-2.0
// One place, and few who may wait for it: for hashes that are so dear that they must not take all hashing threads.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <stop_token>

#include "base/abandoned.hpp"
#include "base/busy.hpp"

namespace keyhold::crypto {

// Any thread.
class OnePlace {
public:
    explicit OnePlace(std::size_t waiting) : most_(waiting) {}

    // Has the place for as long as it lives. Its making blocks until the place is free; throws Busy if as many wait
    // already as may, Abandoned once `gone` is asked to stop.
    class Hold {
    public:
        Hold(OnePlace& place, const std::stop_token& gone) : place_(place) {
            std::unique_lock lock(place_.mutex_);
            if (place_.taken_ && place_.waiting_ == place_.most_)
                throw Busy("as many dear password hashes wait as may");
            ++place_.waiting_;
            const bool is_free = place_.free_.wait(lock, gone, [&] { return !place_.taken_; });
            --place_.waiting_;
            if (!is_free || gone.stop_requested()) {
                place_.free_.notify_one();  // it may be us who was told that the place is free
                throw Abandoned("nobody waits for this hash");
            }
            place_.taken_ = true;
        }
        ~Hold() {
            {
                const std::lock_guard lock(place_.mutex_);
                place_.taken_ = false;
            }
            place_.free_.notify_one();
        }
        Hold(const Hold&) = delete;
        Hold& operator=(const Hold&) = delete;

    private:
        OnePlace& place_;
    };

private:
    const std::size_t most_;
    std::mutex mutex_;  // of what follows
    std::condition_variable_any free_;
    bool taken_ = false;
    std::size_t waiting_ = 0;
};

}  // namespace keyhold::crypto
