// SPDX-License-Identifier: Apache-2.0
// Catching up on a thread of its own, for those who must not wait for a database and may do with what was so a moment
// ago.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace keyhold::domain {

// Any thread.
class Follower {
public:
    // `catch_up` may wait and throw. The thread begins with the first call.
    explicit Follower(std::function<void()> catch_up) : catch_up_(std::move(catch_up)) {}

    // Has it done once more, and returns when that is done, or after `moment` at the latest. After one that took longer
    // or failed, nobody waits at all until one was quick again. So a database that turns slow costs its callers one
    // moment.
    void catch_up_if_quick();

    static constexpr std::chrono::milliseconds moment{100};

private:
    void run(const std::stop_token& stop);

    const std::function<void()> catch_up_;
    std::mutex mutex_;  // of what follows
    std::condition_variable_any wanted_more_, done_more_;
    std::uint64_t wanted_ = 0;  // how often it was asked for
    std::uint64_t done_ = 0;    // all that was asked for up to then is done, or has failed
    bool is_slow_ = false;
    std::jthread thread_;  // last: it uses all of the above
};

}  // namespace keyhold::domain
