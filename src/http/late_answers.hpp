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
class PromptRefusals {
public:
    using Time = std::chrono::steady_clock::time_point;

    // Whether this one may be given at once.
    bool take(const IpAddress& network, Time now);

    std::size_t size() const { return full_at_.size(); }

private:
    std::unordered_map<IpAddress, Time, IpAddress::Hash> full_at_;  // when a bucket is full again; those that are not
};

// What is called later; one for each owner. One thread.
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
    void wait();
    void answer_some();

    std::map<std::pair<Time, const void*>, std::function<void()>> waiting_;
    Timer timer_;
    bool is_waiting_ = false;
    Time waits_until_;  // if it waits
};

}  // namespace keyhold::http
