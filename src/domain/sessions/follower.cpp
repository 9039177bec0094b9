// SPDX-License-Identifier: Apache-2.0
#include "domain/sessions/follower.hpp"

#include <exception>

#include "base/thread_name.hpp"

namespace keyhold::domain {

using std::chrono::steady_clock;

void Follower::catch_up_if_quick() {
    std::unique_lock lock(mutex_);
    if (!thread_.joinable())
        thread_ = std::jthread([this](const std::stop_token& stop) {
            name_thread("keyhold-follows");
            run(stop);
        });
    const std::uint64_t mine = ++wanted_;
    wanted_more_.notify_one();
    // The thread goes on and finds out when the database is quick again.
    if (is_slow_) return;
    is_slow_ = !done_more_.wait_for(lock, moment, [&] { return done_ >= mine; });
}

void Follower::run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (wanted_more_.wait(lock, stop, [this] { return wanted_ > done_; })) {
        // All that was asked for before this reading begins is served by it.
        const std::uint64_t goal = wanted_;
        lock.unlock();
        const auto begin = steady_clock::now();
        bool failed = false;
        try {
            // Without the lock: callers must be able to give up waiting.
            catch_up_();
        } catch (const std::exception&) {  // whoever can wait learns why
            failed = true;
        }
        lock.lock();
        is_slow_ = failed || steady_clock::now() - begin > moment;
        done_ = goal;
        done_more_.notify_all();
    }
}

}  // namespace keyhold::domain
