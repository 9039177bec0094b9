// SPDX-License-Identifier: Apache-2.0
// What other stores do to the sessions of an account.
#pragma once

#include <functional>
#include <limits>

#include "store/access/session_store.hpp"
#include "store/database/database.hpp"
#include "store/events/change_rows.hpp"

namespace keyhold::store {

// So many sessions end in one transaction: some milliseconds, in which others wait who want to write.
inline constexpr std::int64_t sessions_at_once = 500;

// Within a transaction that holds the account's row, so that no session can begin meanwhile. At most `limit`. Devices
// that the account has allowed and authorization codes, of which none has begun a session yet, are over.
// How many there were.
std::size_t end_sessions(Connection& connection, const Whose& whose, std::string_view reason, Time now,
                         std::int64_t limit = std::numeric_limits<std::int64_t>::max());

// Whether it is the id of a client that somebody registered. Sessions of people have none, and hosts that Keyhold
// protects are clients which nobody registers: "proxy/wiki.example". No id of a registered one has a slash.
bool is_registered(std::string_view client_id);

// Holds the session's row until the transaction ends, so that whoever ends it waits. False if it is over.
bool hold_session(Connection& connection, std::string_view id, Time now);

// Before a transaction that ends all of them: ends so many, in transactions of their own, that few are left for it.
// Each of them asks `holds`, which takes hold of the account's row and says whether the sessions shall end at all. If
// the process dies meanwhile, some have ended and nothing else has changed: whoever asks again gets all of it.
void end_most_sessions(Database& database, const Whose& whose, std::string_view reason, Time now,
                       const std::function<bool(Connection&)>& holds);

// Those that were given to an OAuth client, sessions_at_once at most. How many there were.
std::size_t end_sessions_of_client(Connection& connection, std::string_view client_id, std::string_view reason,
                                   Time now);
// The same of one account alone, whose row is held; all of them, as an account has no more than its cap.
std::size_t end_client_sessions(Connection& connection, std::string_view account_id, std::string_view client_id,
                                std::string_view reason, Time now);

}  // namespace keyhold::store
