// SPDX-License-Identifier: Apache-2.0
// The keys of one issuer, kept fresh: fetched on a thread of its own, read by any number of threads without waiting.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "jose/key.hpp"

namespace keyhold::guard {

using Steady = std::chrono::steady_clock;

// All are positive or zero (check_options() in guard/trust.cpp).
struct KeyTimes {
    // From the end of one good attempt to the next.
    std::chrono::seconds refresh_every;
    // Between two fetches that strangers' tokens cause.
    std::chrono::seconds cool_down;
    // How long the last good keys are used although nobody could fetch them anew.
    std::chrono::seconds stale_if_error;
    std::chrono::milliseconds wait;     // for a fetch that somebody asked for
    std::chrono::milliseconds attempt;  // how long one attempt may take
};

// What was read, as one object that never changes; another one takes its place.
struct Keys {
    jose::KeySet set;
    std::uint64_t version;  // never 0
};

class KeySource {
public:
    // Keys that stay.
    explicit KeySource(jose::KeySet keys);

    // Keys that `fetch` brings as text, and `read` makes of it; both may throw, and then the last good ones stay for as
    // long as `times` says. The first attempt is over when this returns, whatever came of it.
    using Fetch = std::function<std::string()>;
    using Read = std::function<jose::KeySet(const std::string&)>;
    KeySource(Fetch fetch, Read read, KeyTimes times);
    ~KeySource();

    // Both: of any thread. 0 and null: there are none, or none that are still good. A remembered token is as good as
    // the version that it was verified under.
    std::uint64_t version() const noexcept {
        return Steady::now().time_since_epoch().count() < good_until_.load(std::memory_order_acquire)
                   ? version_.load(std::memory_order_acquire)
                   : 0;
    }
    std::shared_ptr<const Keys> keys() const;

    // For a token under a key that is not there: has the keys fetched, unless that was done within the cool-down for
    // another such token, and waits until that fetch is over, but not for long.
    void ask_again();

    // The issuer says that its keys have changed, or shows one that is not there: they are fetched, whatever strangers
    // had fetched lately, and what strangers may cause is left as it was. Nobody waits, but whoever says so.
    void look_again();
    void look_again_and_wait();

    // What went wrong with the last attempt; empty if nothing did.
    std::string trouble() const;

private:
    void run(const std::stop_token& stop);
    // Fetches, reads, and writes down what came of it. One thread at a time.
    void attempt();
    std::chrono::milliseconds pause() const;  // under mutex_

    const Fetch fetch_;
    const Read read_;
    const KeyTimes times_{};
    std::atomic<std::uint64_t> version_ = 0;
    // Ticks of the steady clock: a wall clock that is set has no say in it.
    std::atomic<Steady::rep> good_until_;
    std::string text_;  // of the last good keys; this thread's alone

    mutable std::mutex mutex_;  // of what follows
    std::condition_variable_any changed_;
    std::shared_ptr<const Keys> keys_;
    std::string trouble_;
    unsigned failures_ = 0;      // in a row
    std::uint64_t begun_ = 0;    // attempts
    std::uint64_t over_ = 0;     // attempts
    std::uint64_t awaited_ = 0;  // the attempt that answers the last ask_again()
    Steady::time_point asked_at_ = Steady::time_point::min();
    std::jthread thread_;  // the last member: it stops before the others go
};

}  // namespace keyhold::guard
