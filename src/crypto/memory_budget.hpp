// SPDX-License-Identifier: Apache-2.0
// How much memory all password hashes together may hold: Argon2 and scrypt take megabytes each.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace keyhold::crypto {

// Counts what hashes say that they need; it allocates nothing. A share that is large may wait while smaller ones come
// and go, as nobody keeps an order.
class MemoryBudget {
public:
    explicit MemoryBudget(std::size_t kib) : total_(kib), free_(kib) {}

    std::size_t total() const { return total_; }  // KiB

    // Holds `kib` of the budget for as long as it lives; its making blocks until so much is free. Over the whole
    // budget would wait for ever: what parses a hash refuses it before.
    class Share {
    public:
        Share(MemoryBudget& budget, std::size_t kib) : budget_(budget), kib_(kib) {
            std::unique_lock lock(budget_.mutex_);
            budget_.released_.wait(lock, [this] { return budget_.free_ >= kib_; });
            budget_.free_ -= kib_;
        }
        ~Share() {
            {
                const std::lock_guard lock(budget_.mutex_);
                budget_.free_ += kib_;
            }
            budget_.released_.notify_all();
        }
        Share(const Share&) = delete;
        Share& operator=(const Share&) = delete;

    private:
        MemoryBudget& budget_;
        std::size_t kib_;
    };

private:
    const std::size_t total_;
    std::size_t free_;  // under mutex_
    std::mutex mutex_;
    std::condition_variable released_;
};

}  // namespace keyhold::crypto
