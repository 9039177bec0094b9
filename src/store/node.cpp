// SPDX-License-Identifier: Apache-2.0
#include "store/node.hpp"

#include <algorithm>
#include <exception>
#include <vector>

#include "store/row.hpp"

namespace keyhold::store {

using namespace std::chrono_literals;

namespace {

// Another node's change is noticed this late where the database does not call.
constexpr auto poll_time = 40ms;
constexpr auto renew_time = 500ms;
constexpr auto pause_after_failure = 100ms;
// A node that has not renewed its lease for so long, as we measure it, trusts nothing.
constexpr auto dead_after = 2 * lease_is_over;

struct NodeRow {
    std::string id;
    std::int64_t beat = 0;
};
KEYHOLD_ROW(NodeRow, (id), (beat))

constexpr Query<"INSERT INTO keyhold_nodes (id, passed, beat) VALUES (:a, -1, 0)", "t"> insert;
constexpr Query<"UPDATE keyhold_nodes SET beat = beat + 1 WHERE id = :a", "t"> update_beat;
constexpr Query<"UPDATE keyhold_nodes SET passed = :a WHERE id = :b", "it"> update_passed;
constexpr Query<"SELECT {} FROM keyhold_nodes WHERE id <> :a", "t", NodeRow> select_others;
constexpr Query<"DELETE FROM keyhold_nodes WHERE id = :a AND beat = :b", "ti"> delete_silent;
constexpr Query<"DELETE FROM keyhold_nodes WHERE id = :a", "t"> delete_own;

}  // namespace

// The statements of one link.
class Node::Round {
public:
    Round(Link& link, const std::string& select_last)
        : join(link.prepare(insert.sql)),
          beat(link.prepare(update_beat.sql)),
          pass(link.prepare(update_passed.sql)),
          last(link.prepare(Sql{select_last, "", "ii"})),
          others(link.prepare(select_others.sql)),
          bury(link.prepare(delete_silent.sql)) {}
    std::unique_ptr<Statement> join, beat, pass, last, others, bury;
};

Node::Node(DatabaseLocation location, std::chrono::milliseconds patience, LeasedChangeSignal& signal,
           DatabaseClock& clock, std::string id, Listener listener)
    : location_(std::move(location)),
      patience_(patience),
      signal_(signal),
      clock_(clock),
      select_last_("SELECT sequence, " + std::string(location_.driver->clock) + " FROM keyhold_change_counter"),
      id_(std::move(id)),
      listener_(std::move(listener)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Node::~Node() {
    thread_.request_stop();
    thread_.join();
    signal_.trust_until({});
    try {  // so that nobody has to wait for us
        location_.driver->connect(location_.target, patience_)->prepare(delete_own.sql)->run({id_});
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): the others find out by themselves
    }
}

void Node::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) try {
            has_answered_ = false;
            follow(*location_.driver->connect(location_.target, patience_), stop);
        } catch (const std::exception& error) {
            if (has_answered_) continue;  // it may have been this connection alone
            listener_.is_gone(error.what());
            std::this_thread::sleep_for(pause_after_failure);
        }
}

void Node::follow(Link& link, const std::stop_token& stop) {
    if (!location_.driver->listen.empty()) link.execute(std::string(location_.driver->listen));
    Round round(link, select_last_);
    listener_.begins();
    // What we knew may have been another server's.
    others_.clear();
    renewed_ = {};
    passed_ = -1;
    while (!stop.stop_requested()) {
        // Measured before anything is asked, so that we never trust for longer than the others expect.
        const auto begin = BootClock::now();
        const bool renews = begin - renewed_ >= renew_time;
        if (renews) renew(link, round);
        const std::int64_t last = read_last(round);
        if (last != passed_) {
            signal_.raise();  // first: from now on every reader catches up before it looks anything up
            round.pass->run({last, id_});
            passed_ = last;
        }
        if (renews) {
            signal_.trust_until(begin + lease_time);
            renewed_ = begin;
            bury_the_dead(round);
        }
        has_answered_ = true;
        listener_.answers();
        link.wait_for_call(poll_time);
    }
}

// After this our row is there, whoever took it away meanwhile. In a transaction: only its commit is sure to wait for a
// standby, and a server that has lost its standby to somebody else must give no lease.
void Node::renew(Link& link, Round& round) {
    link.execute(std::string(location_.driver->begin_writing));
    if (round.beat->run({id_}) != 1) {
        round.join->run({id_});
        passed_ = -1;  // said anew
    }
    link.commit();
}

std::int64_t Node::read_last(Round& round) {
    std::int64_t last = 0, its_time = 0;
    const auto before = BootClock::now();
    round.last->run({}, [&](const Statement& row) {
        last = row.integer(0);
        its_time = row.integer(1);
    });
    const auto after = BootClock::now();
    if (its_time > 0) clock_.learn(before, after, std::chrono::milliseconds(its_time));  // else it was emptied
    return last;
}

void Node::bury_the_dead(Round& round) {
    const auto now = BootClock::now();
    std::map<std::string, Seen> seen;
    round.others->run({id_}, [&](const Statement& row) {
        auto node = read_rows<NodeRow>(row);
        const auto known = others_.find(node.id);
        const bool is_silent = known != others_.end() && known->second.beat == node.beat;
        seen[std::move(node.id)] = is_silent ? known->second : Seen{node.beat, now};
    });
    others_ = std::move(seen);
    for (const auto& [id, node] : others_)
        if (now - node.since > dead_after) round.bury->run({id, node.beat});
}

}  // namespace keyhold::store
