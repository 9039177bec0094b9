// SPDX-License-Identifier: Apache-2.0
// The accounts of an adopted application's users: how each comes, changes and goes as its user does. All of it within
// one transaction.
#pragma once

#include <optional>
#include <string_view>

#include "store/accounts/account_store.hpp"
#include "store/database/connection.hpp"

namespace keyhold::store {

// Why something happened, in events: the adopted application did it.
inline constexpr std::string_view by_application = "application";

// The account of the user with this id there; empty if there is none here.
std::optional<Account> find_adopted(Connection& connection, std::string_view old_id);

// Does nothing if another account has the name: then this user is known to the old application alone.
void add_adopted(Connection& connection, const Account& account, std::string_view old_id);

// Its password, its address and whether it is disabled, where they are not as `wanted`; ends its sessions as that asks.
// An address that another account has is left out: two users there may share one.
void update_adopted(Connection& connection, const Account& account, const Account& wanted, Time now);

// As AccountStore::remove() does it, but the row in their table stays as it is, or is gone already.
void remove_adopted(Connection& connection, const Account& account, Time now);

}  // namespace keyhold::store
