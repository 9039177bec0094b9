// SPDX-License-Identifier: Apache-2.0
// What the domain asks of a database about events: lists of them, and the chain that shows if one was changed or taken
// out (docs/decisions/0100-sealed-events.md). Every function may throw Unavailable and may be called from any thread.
// What returned is on disk.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "store/events/event.hpp"
#include "store/events/event_rows.hpp"

namespace keyhold::store {

class Database;

// An event and what its accounts are called today; empty: they are gone, or there is none.
struct ShownEvent {
    Event event;
    std::optional<std::string> account, actor;
};
struct EventPage {
    std::vector<ShownEvent> events;
    std::string next;  // give it as `before` for the next page; empty on the last
};

// How many rows of a kind there are.
struct KindCount {
    std::string kind;
    std::int64_t count = 0;
};
KEYHOLD_ROW(KindCount, (kind), (count, column("many")))

// How far the chain has come.
struct ChainEnd {
    std::int64_t sequence = 0;  // of the last event in it; 0: none
    std::string hash;
};
KEYHOLD_ROW(ChainEnd, (sequence), (hash))

// A point of the chain that was signed. A stub stands where the chain begins after older events were deleted.
struct Checkpoint {
    std::int64_t sequence = 0;
    std::string hash;
    Time at{};
    bool is_stub = false;
    std::string kid, signature;
};
KEYHOLD_ROW(Checkpoint, (sequence), (hash), (at, column("made_at")), (is_stub), (kid), (signature))

// Events are only added: there is no function that changes one, and forget() takes from the begin of the chain alone.
class EventStore {
public:
    explicit EventStore(std::shared_ptr<Database> database) : database_(std::move(database)) {}

    // An event that is nothing else's.
    void add(const EventKind& kind, const EventDetails& details = {});

    // Newest first. A page costs the same wherever it is.
    struct Wanted {
        std::string_view account = {};  // about it; empty: any
        std::string_view actor = {};    // by it; empty: whoever did it
        std::string_view kind = {};     // empty: any
        std::string_view before = {};   // the page before's `next`; empty: from the newest on
        std::optional<Time> since = {}, until = {};
        int limit = 100;  // 1 to 1000
    };
    EventPage list(const Wanted& wanted);

    // How many of each kind that counts for how much happens (domain/activity.hpp) there were in [since, until): by the
    // index of kinds alone.
    std::vector<KindCount> count_kinds(Time since, Time until);
    // The sum of `times` of a kind's rows, of which there are few.
    std::int64_t count_times(const EventKind& kind, Time since, Time until);

    // Gives events that have none their place in the chain, in the order of their ids; at most `limit`. How many there
    // were. Of those who do it at once, one does it.
    std::int64_t seal(std::int64_t limit);
    ChainEnd end();
    // In the order of the chain, behind this number. Nobody comes to stand before one that was read.
    std::vector<Event> after(std::int64_t sequence, int limit);

    // All of them, in the order of the chain.
    std::vector<Checkpoint> checkpoints();
    // The two that were made last, the newer one first.
    std::vector<Checkpoint> last_checkpoints();
    // False if there is one of that number. With `instead_of`, the one of that number goes.
    bool add_checkpoint(const Checkpoint& checkpoint, std::optional<std::int64_t> instead_of = {});
    // Deletes the events up to `stub`, which takes their place, and the checkpoints before it. False if it is not a
    // point of the chain (any more).
    bool forget(const Checkpoint& stub);
    // The last event of those at the begin of the chain that happened before `time`, looking at most at `limit`.
    std::optional<ChainEnd> end_of_those_before(Time time, std::int64_t limit);

    // Whether an account was deleted since the chain begins.
    bool was_deleted(std::string_view account_id);

private:
    std::shared_ptr<Database> database_;
};

}  // namespace keyhold::store
