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

#include "store/database/database_clock.hpp"
#include "store/database/driver.hpp"
#include "store/database/leased_change_signal.hpp"
#include "store/database/queue_signal.hpp"

namespace keyhold::store {

// How long a node trusts what it remembers after it last renewed its lease. The same for all nodes of a database, of
// whatever release.
inline constexpr std::chrono::milliseconds lease_time{3'000};
// How long a writer waits for a node that says nothing: a lease and a reserve for clocks that run at different speeds.
inline constexpr std::chrono::milliseconds lease_is_over{3'300};

// While it is joined and its lease holds, LeasedChangeSignal gives the same number until a change comes, so that memory
// may be trusted. Everything that it does happens on its own thread, with a connection of its own.
class Node {
public:
    // All are called on the node's thread and must not throw.
    struct Listener {
        // Before a connection's first round: it may lead to another server than the last one, which took its place.
        std::function<void()> begins;
        std::function<void()> answers;                      // after each round that succeeded
        std::function<void(std::string_view why)> is_gone;  // after each that did not
    };
    // Joins on a thread of its own, and leaves when this object goes. `id` is nobody else's, now or later.
    Node(DatabaseLocation location, std::chrono::milliseconds patience, LeasedChangeSignal& signal, QueueSignal& queues,
         DatabaseClock& clock, std::string id, Listener listener);
    ~Node();
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    const std::string& id() const { return id_; }

private:
    class Round;
    struct Look;
    // The last beat of another node that we saw, and since when it has not changed, by our own clock.
    struct Seen {
        std::int64_t beat;
        BootClock::time_point since;
    };
    // The thread: a connection after the other, until it is told to stop.
    void run(const std::stop_token& stop);
    // Rounds over one connection; returns when told to stop, throws when the connection fails.
    void follow(Link& link, const std::stop_token& stop);
    void wait(Link& link, const std::stop_token& stop);
    // Counts up our beat and reads everything; the lease may be trusted from before it was asked.
    Look renew(Link& link, Round& round);
    void renew_in_a_transaction(Link& link, Round& round);
    // Runs one of the two statements that ask for everything.
    Look read(Statement& statement);
    // The number of the newest change alone.
    std::int64_t read_last(Round& round);
    // Deletes the rows of nodes that were silent for 6.6 s, so that writers wait for them no longer.
    void bury_the_dead(Round& round, const Look& look);

    const DatabaseLocation location_;
    const std::chrono::milliseconds patience_;
    LeasedChangeSignal& signal_;
    QueueSignal& queues_;
    DatabaseClock& clock_;
    const std::string select_last_;  // the number of the newest change, and the time
    // What a node asks once a second: the same, the queues that have something, the other nodes. The second one renews
    // the lease as well; empty where that takes a statement of its own.
    const std::string select_all_, renew_and_select_all_;
    const std::string id_;
    const Listener listener_;
    std::int64_t passed_ = -1;            // all changes up to this number were rung for
    bool has_answered_ = false;           // this connection
    BootClock::time_point renewed_;       // begin of the last renewal
    std::map<std::string, Seen> others_;  // by id
    std::jthread thread_;                 // last: it uses all of the above
};

}  // namespace keyhold::store
