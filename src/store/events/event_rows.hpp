// SPDX-License-Identifier: Apache-2.0
// How other stores record what happened, in the transaction that does it:
//
//   record_event(connection, event_kind("role_granted"), {.account = account_id, .object = role});
//
// By whom, from where and by which door is known (base/caller.hpp). A new kind is a row in event_kinds.hpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "store/events/event_kinds.hpp"

namespace keyhold::store {

class Connection;

struct EventDetails {
    std::string_view account = {}, object = {}, reason = {};  // as of Event
    std::string_view note = {};                               // goes when the account is deleted
    std::int64_t times = 1;
};

// Written at the end of the transaction; not at all if that is undone.
void record_event(Connection& connection, const EventKind& kind, const EventDetails& details = {});

// Erases what events say of a person whose account is deleted, both those about the account and those that it caused;
// the rest of them stays. How many there were.
std::int64_t erase_person(Connection& connection, std::string_view account_id);

// Ids in the order in which they are made, also within a millisecond. One thread at a time.
class EventIds {
public:
    using Milliseconds = std::chrono::sys_time<std::chrono::milliseconds>;
    // Behind the one before, also if the clock was set back by a second at most.
    std::string next(Milliseconds now, Random& random);

private:
    Milliseconds last_{};
    unsigned count_ = 0;  // of those before it in its millisecond
};

// What was recorded, as rows that begin at `now`. At the end of a transaction.
void write_events(Connection& connection, EventIds& ids, EventIds::Milliseconds now, Random& random);

}  // namespace keyhold::store
