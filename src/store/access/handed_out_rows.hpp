// SPDX-License-Identifier: Apache-2.0
// What lets somebody into an account and was handed out but not used yet: links, codes of clients, devices that were
// allowed. Within a transaction that holds the account's row. Whatever is handed out in future ends here, too.
#pragma once

#include <string_view>

#include "store/access/session_store.hpp"
#include "store/database/connection.hpp"

namespace keyhold::store {

// Links to sign in and for a new password, changes of the address that wait for somebody, authorization codes, and
// devices that were allowed. Mails that would hold such a link are not sent. What only takes something back or shows
// that mail arrives stays: "this was not me", undoing a change of the address, verifying it.
void end_handed_out(Connection& connection, std::string_view account_id, Time now);

// The same of those who have the role and for whom there is a link to sign in: whoever made it may have no right to
// what the role grants.
void end_handed_out_to_members(Connection& connection, std::string_view role, Time now);

// All that somebody could go on with who got into the account: tokens, sessions, and what was handed out. In a
// transaction.
void end_access(Connection& connection, const Whose& whose, std::string_view reason, Time now);

}  // namespace keyhold::store
