// SPDX-License-Identifier: Apache-2.0
// This process as one of several on a database that is a server: it follows the changes, and says how far it has come.
// The protocol and why it is right: docs/several-nodes.md.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "store/database_clock.hpp"
#include "store/driver.hpp"
#include "store/leased_change_signal.hpp"

namespace keyhold::store {

// How long a node trusts what it remembers after it last renewed its lease. The same for all nodes of a database, of
// whatever release.
inline constexpr std::chrono::milliseconds lease_time{3'000};
// How long a writer waits for a node that says nothing: a lease and a reserve for clocks that run at different speeds.
inline constexpr std::chrono::milliseconds lease_is_over{3'300};

class Node {
public:
    struct Listener {
        // Before a connection's first round: it may lead to another server than the last one, which took its place.
        std::function<void()> begins;
        std::function<void()> answers;                      // after each round that succeeded
        std::function<void(std::string_view why)> is_gone;  // after each that did not
    };
    // Joins on a thread of its own, and leaves when this object goes. `id` is nobody else's, now or later.
    Node(DatabaseLocation location, std::chrono::milliseconds patience, LeasedChangeSignal& signal,
         DatabaseClock& clock, std::string id, Listener listener);
    ~Node();
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    const std::string& id() const { return id_; }

private:
    class Round;
    struct Seen {
        std::int64_t beat;
        BootClock::time_point since;
    };
    void run(const std::stop_token& stop);
    void follow(Link& link, const std::stop_token& stop);
    void renew(Link& link, Round& round);
    std::int64_t read_last(Round& round);
    void bury_the_dead(Round& round);

    const DatabaseLocation location_;
    const std::chrono::milliseconds patience_;
    LeasedChangeSignal& signal_;
    DatabaseClock& clock_;
    const std::string select_last_;  // the number of the newest change, and the time
    const std::string id_;
    const Listener listener_;
    std::int64_t passed_ = -1;            // all changes up to this number were rung for
    bool has_answered_ = false;           // this connection
    BootClock::time_point renewed_;       // begin of the last renewal
    std::map<std::string, Seen> others_;  // by id
    std::jthread thread_;                 // last: it uses all of the above
};

}  // namespace keyhold::store
