// SPDX-License-Identifier: Apache-2.0
// What happened: one row, written in the transaction that does it, never changed but in two ways. It gets its number in
// the chain a moment later, and what it says of a person may be erased.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "store/database/row.hpp"
#include "store/events/event_kinds.hpp"

namespace keyhold::store {

struct Event {
    std::string id;                        // a UUIDv7: the order of ids is that in which one process wrote them
    std::optional<std::int64_t> sequence;  // in the chain, from 1 on; empty: not sealed yet
    Time at{};
    std::string kind;        // a code of event_kinds.hpp
    std::string account_id;  // whom it is about; empty: nobody
    std::string actor_id;    // the account that showed a good token or cookie; empty: nobody did
    std::string door;        // "api": the names of base/caller.hpp's doors
    std::string object;      // what it is about besides: a session, role, client or key by its id
    std::string reason;      // why, as a code
    std::int64_t times = 1;  // how often it happened: one row may tell of many
    // What it says of a person, in the chain by its digest alone, under a salt that goes with it. All empty if it says
    // nothing, or was erased.
    std::string personal_digest;
    std::string address, device;  // of whoever did it
    std::string note;             // of whom it is about: an old e-mail address, a new one
    std::string salt;
    std::string hash;  // of this row and the one before it in the chain; empty: not sealed yet

    bool operator==(const Event&) const = default;
};
KEYHOLD_ROW(Event, (id), (sequence), (at, column("happened_at")), (kind), (account_id), (actor_id), (door), (object),
            (reason), (times), (personal_digest), (address), (device), (note), (salt), (hash))

// Of an event that says something of a person; of one that says nothing, empty.
// SHA-256 over a JSON array, in base64url. With the salt gone nobody can find out by trying which address it was.
std::string personal_digest_of(const Event& event);
// What the event is in the chain behind `before`, the hash of the event before it.
std::string hash_of(const Event& event, std::string_view before);

}  // namespace keyhold::store
