// SPDX-License-Identifier: Apache-2.0
#include "store/database/node.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include "store/database/row.hpp"

namespace keyhold::store {

using namespace std::chrono_literals;

namespace {

// Another node's change is noticed this late where the database does not call, and a stop everywhere.
constexpr auto poll_time = 40ms;
// Three times before a lease is over. A database that calls is asked for nothing else.
constexpr auto renew_time = 1'000ms;
constexpr auto pause_after_failure = 100ms;
// A node that has not renewed its lease for so long, as we measure it, trusts nothing.
constexpr auto dead_after = 2 * lease_is_over;

// By Queue; what is due at some time ends with the comparison.
constexpr std::array<std::string_view, queue_count> in_queues{
    "keyhold_events WHERE sequence IS NULL",
    "keyhold_outbox WHERE state = 0 AND due_at <= ",
    "keyhold_logout_notices WHERE due_at <= ",
};

// Behind what says whether our own row is there. A time in a SELECT of its own is asked for once, so that an index
// finds what is due; PostgreSQL's clock would be asked for each row.
std::string all_that_is_asked(const Driver& driver) {
    std::string text = ", c.sequence, " + std::string(driver.clock);
    for (const std::string_view queue : in_queues) {
        text.append(", CASE WHEN EXISTS (SELECT 1 FROM ").append(queue);
        if (queue.ends_with("<= ")) text.append("(SELECT ").append(driver.now).append(")");
        text.append(") THEN 1 ELSE 0 END");
    }
    return text + ", n.id, n.beat FROM keyhold_change_counter c LEFT JOIN keyhold_nodes n ON n.id <> :a";
}
constexpr std::string_view columns_of_all = "iiiiiiTI";
static_assert(columns_of_all.size() == 5 + queue_count);

// -1: it has passed no change yet, so writers wait for it until it says a number.
constexpr Query<"INSERT INTO keyhold_nodes (id, passed, beat) VALUES (:a, -1, 0)", "t"> insert;
constexpr Query<"UPDATE keyhold_nodes SET beat = beat + 1 WHERE id = :a", "t"> update_beat;
constexpr Query<"UPDATE keyhold_nodes SET passed = :a WHERE id = :b", "it"> update_passed;
constexpr Query<"DELETE FROM keyhold_nodes WHERE id = :a AND beat = :b", "ti"> delete_silent;
constexpr Query<"DELETE FROM keyhold_nodes WHERE id = :a", "t"> delete_own;

}  // namespace

// The statements of one link.
class Node::Round {
public:
    Round(Link& link, const Node& node)
        : join(link.prepare(insert.sql)),
          beat(link.prepare(update_beat.sql)),
          pass(link.prepare(update_passed.sql)),
          last(link.prepare(Sql{node.select_last_, "", "ii"})),
          all(link.prepare(Sql{node.select_all_, "t", columns_of_all})),
          bury(link.prepare(delete_silent.sql)) {
        if (!node.renew_and_select_all_.empty())
            renew_and_all = link.prepare(Sql{node.renew_and_select_all_, "t", columns_of_all});
    }
    std::unique_ptr<Statement> join, beat, pass, last, all, bury;
    std::unique_ptr<Statement> renew_and_all;  // may be null
};

// The answer to one question for everything.
struct Node::Look {
    bool is_there = false;                // our own row
    std::int64_t last = 0;                // the number of the newest change
    std::array<bool, queue_count> due{};  // by Queue
    struct Other {
        std::string id;
        std::int64_t beat = 0;
    };
    std::vector<Other> others;
};

Node::Node(DatabaseLocation location, std::chrono::milliseconds patience, LeasedChangeSignal& signal,
           QueueSignal& queues, DatabaseClock& clock, std::string id, Listener listener)
    : location_(std::move(location)),
      patience_(patience),
      signal_(signal),
      queues_(queues),
      clock_(clock),
      select_last_("SELECT sequence, " + std::string(location_.driver->clock) + " FROM keyhold_change_counter"),
      select_all_("SELECT 1" + all_that_is_asked(*location_.driver)),
      renew_and_select_all_(location_.driver->updates_in_queries
                                ? "WITH own AS (" + std::string(update_beat.sql.text) +
                                      " RETURNING id) SELECT (SELECT COUNT(*) FROM own)" +
                                      all_that_is_asked(*location_.driver)
                                : std::string()),
      id_(std::move(id)),
      listener_(std::move(listener)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

// The thread ends first, so nobody renews the lease while the row goes.
Node::~Node() {
    thread_.request_stop();
    thread_.join();
    // Before the row goes: from then on no writer waits for us any more.
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
    Round round(link, *this);
    listener_.begins();
    // The connection is new and may lead to another server (after a failover), so nothing that was known before is
    // kept.
    others_.clear();
    renewed_ = {};
    passed_ = -1;
    while (!stop.stop_requested()) {
        // Measured before anything is asked, so that we never trust for longer than the others expect.
        const auto begin = BootClock::now();
        const bool renews = begin - renewed_ >= renew_time;
        // Everything is asked with a renewal, once a second; between two of them only the newest number.
        const std::optional<Look> look = renews ? std::optional(renew(link, round)) : std::nullopt;
        const std::int64_t last = look ? look->last : read_last(round);
        if (last != passed_) {
            signal_.raise();      // first: from now on every reader catches up before it looks anything up
            queues_.raise_all();  // whoever took something back may have left a mail and a notice
            // Said only when our readers follow it, as a writer answers its client by this number.
            round.pass->run({last, id_});
            passed_ = last;
        }
        if (look) {
            signal_.trust_until(begin + lease_time);
            renewed_ = begin;
            for (std::size_t i = 0; i < queue_count; ++i)
                if (look->due[i]) queues_.raise(static_cast<Queue>(i));
            bury_the_dead(round, *look);
        }
        has_answered_ = true;
        listener_.answers();
        wait(link, stop);
    }
}

// Until there may be something new, or a renewal is due.
void Node::wait(Link& link, const std::stop_token& stop) {
    const bool is_called = !location_.driver->listen.empty();
    while (!link.wait_for_call(poll_time) && is_called && !stop.stop_requested())
        if (BootClock::now() - renewed_ >= renew_time) return;
}

// After this our row is there, whoever took it away meanwhile. One statement where the database can: it is asked after
// `begin`, so what it reads is as new as the lease that it gives. A row that is made anew is committed before anything
// is read (docs/several-nodes.md, 4).
Node::Look Node::renew(Link& link, Round& round) {
    if (round.renew_and_all) {
        Look look = read(*round.renew_and_all);
        link.confirm();
        if (look.is_there) return look;
    }
    renew_in_a_transaction(link, round);
    return read(*round.all);
}

// Its commit waits for a standby, and a server that has lost its standby to somebody else must give no lease.
void Node::renew_in_a_transaction(Link& link, Round& round) {
    link.execute(std::string(location_.driver->begin_writing));
    // Another node has taken our row for that of a dead one: join again.
    if (round.beat->run({id_}) != 1) {
        round.join->run({id_});
        passed_ = -1;  // said anew
    }
    link.commit();
}

Node::Look Node::read(Statement& statement) {
    Look look;
    std::int64_t its_time = 0;
    const auto before = BootClock::now();
    statement.run({id_}, [&](const Statement& row) {
        look.is_there = row.integer(0) == 1;
        look.last = row.integer(1);
        its_time = row.integer(2);
        for (std::size_t i = 0; i < queue_count; ++i) look.due[i] = row.integer(3 + i) == 1;
        if (!row.is_null(3 + queue_count))
            look.others.push_back({row.text(3 + queue_count), row.integer(4 + queue_count)});
    });
    if (its_time > 0)
        clock_.learn(before, BootClock::now(), std::chrono::milliseconds(its_time));  // else it was emptied
    return look;
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

void Node::bury_the_dead(Round& round, const Look& look) {
    const auto now = BootClock::now();
    std::map<std::string, Seen> seen;
    for (const Look::Other& node : look.others) {
        const auto known = others_.find(node.id);
        const bool is_silent = known != others_.end() && known->second.beat == node.beat;
        seen[node.id] = is_silent ? known->second : Seen{node.beat, now};
    }
    others_ = std::move(seen);
    for (const auto& [id, node] : others_)
        // With the beat that we saw: a node that has come back meanwhile has another one, and stays.
        if (now - node.since > dead_after) round.bury->run({id, node.beat});
}

}  // namespace keyhold::store
