// SPDX-License-Identifier: Apache-2.0
// Refusals that are given late: whoever comes back before the time that he was told waits for the answer, and costs the
// I/O thread little meanwhile (docs/decisions/0059-what-refusing-costs.md).
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <unordered_map>
#include <utility>

#include "base/ip_address.hpp"
#include "http/asio_types.hpp"

namespace keyhold::http {

// How many refusals a network (IPv6: a /64) gets at once: 500, and then 250 a second from each I/O thread, which costs
// it about 2 % of a core. No clock of its own; one thread.
// A token bucket for each network, stored as the moment at which it is full again: one number, which needs no work
// while nothing happens.
class PromptRefusals {
public:
    using Time = std::chrono::steady_clock::time_point;

    // Whether this one may be given at once.
    // False also where too many networks are remembered already: memory must not grow with the number of addresses that
    // somebody sends from.
    bool take(const IpAddress& network, Time now);

    std::size_t size() const { return full_at_.size(); }

private:
    std::unordered_map<IpAddress, Time, IpAddress::Hash> full_at_;  // when a bucket is full again; those that are not
};

// What is called later; one for each owner. One thread.
// The owner is an address that is compared and never followed. `answer` runs on the thread of `io` and may call add()
// and forget().
class LateAnswers {
public:
    using Time = std::chrono::steady_clock::time_point;

    explicit LateAnswers(boost::asio::io_context& io) : timer_(io) {}

    // Calls `answer` at `due` or a little later: a few at a time, so that others get their turn in between.
    void add(Time due, const void* owner, std::function<void()> answer);
    // Forgets it: the owner has gone.
    void forget(Time due, const void* owner) { waiting_.erase({due, owner}); }
    // Calls them all at once: the server stops.
    void release();

    std::size_t size() const { return waiting_.size(); }

private:
    // Sets the timer for the next that is due, if it is not set for that already.
    void wait();
    // Calls at most eight that are due, and sets the timer for the rest.
    void answer_some();

    // By time first, so the next that is due is the first element. One owner has one answer at a time.
    std::map<std::pair<Time, const void*>, std::function<void()>> waiting_;
    Timer timer_;
    bool is_waiting_ = false;
    Time waits_until_;  // if it waits
};

}  // namespace keyhold::http
