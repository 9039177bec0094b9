// SPDX-License-Identifier: Apache-2.0
// What of an account's row says who is in, for those who begin or end something that lets somebody in. Within a
// transaction. They know no account but by its id.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace keyhold::store {

class Connection;

// Holds the account's row until the transaction ends, so that others wait who would change it or what is its own. False
// if there is none.
bool hold_account(Connection& connection, std::string_view account_id);

// No token without a session that was issued up to and in this second is good for the account. Holds its row, so that
// no session can begin meanwhile. False if there is none.
bool end_tokens_of(Connection& connection, std::string_view account_id, Time now);

// Its owner is out from now on: disabled until then, if nobody has disabled it. False if there is none. Ends nothing.
bool close_account(Connection& connection, std::string_view account_id, Time erase_at);
// And is in again, if it is closed and not to be erased by now. False if not; also if it has another `generation`: what
// its owner has shown is not so any more.
bool reopen_account(Connection& connection, std::string_view account_id, Time now,
                    std::optional<std::int64_t> generation = std::nullopt);

}  // namespace keyhold::store
