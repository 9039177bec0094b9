// SPDX-License-Identifier: Apache-2.0
// Follows an issuer's list of what was revoked, on a thread of its own (docs/revocations.md).
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/result.hpp"
#include "guard/key_source.hpp"
#include "guard/revocations.hpp"
#include "jose/jwt.hpp"

namespace keyhold::guard {

// One thread of its own asks; what it has heard is read on any thread.
class RevocationFeed {
public:
    struct Ways {
        // Asks `url` for what came after that number, and lets the issuer wait for so long if there is nothing yet. The
        // answer's body; throws net::Unreachable or BadAnswer.
        std::function<std::string(const std::string& url, std::optional<std::int64_t> after, std::chrono::seconds wait)>
            ask;
        // Verifies what the answer begins with. Refused: as jose::verify().
        std::function<Result<jose::VerifiedToken>(std::string_view token, const std::string& url)> verify;
        std::function<void()> keys_changed;
    };
    struct Times {
        std::chrono::seconds leeway;  // for so long tokens are taken behind their `exp`
        std::chrono::seconds wait;    // the issuer may let us wait so long
    };
    RevocationFeed(Ways ways, Times times);
    ~RevocationFeed() { stop(); }

    // Where the feed is: when the issuer has said so, as often as it does. Waits for nothing. Any thread.
    void found(const std::string& url);
    // Follows it on a thread, from now on or when it was found; if it was, the first answers are waited for.
    void begin();
    // Ends the thread. Whoever stops what `ask` waits for first does not wait for long.
    void stop();

    bool is_followed() const noexcept { return is_followed_.load(std::memory_order_relaxed); }
    // How long ago the issuer last said what was revoked; the greatest there is if it never did.
    std::chrono::milliseconds age() const noexcept;

    const Revocations& revocations() const { return revocations_; }
    std::string trouble() const;  // of the last question; empty if it was answered

private:
    void run(const std::stop_token& stop);
    void launch();  // under mutex_
    // Asks until there is no more. False if something went wrong, which trouble() tells.
    bool catch_up(std::chrono::seconds wait);
    // One question and its answer. True if there is more. Throws what `ask` throws, and BadAnswer.
    bool ask_once(std::chrono::seconds wait);
    void note(std::string trouble);

    const Ways ways_;
    const Times times_;
    Revocations revocations_;
    std::optional<std::int64_t> after_;  // the thread's own, once it runs
    std::atomic<bool> is_followed_ = false;
    std::atomic<Steady::rep> answered_at_ = std::numeric_limits<Steady::rep>::min();

    mutable std::mutex mutex_;  // of what follows
    std::condition_variable_any stopped_;
    std::string url_, trouble_;
    bool has_begun_ = false, has_stopped_ = false;
    std::jthread thread_;  // the last member
};

}  // namespace keyhold::guard
