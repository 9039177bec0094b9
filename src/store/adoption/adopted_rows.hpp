// SPDX-License-Identifier: Apache-2.0
// The accounts of an adopted application's users: how each comes, changes and goes as its user does. All of it within
// one transaction, which records changes (write_change).
#pragma once

#include <optional>
#include <string_view>

#include "store/account_store.hpp"
#include "store/connection.hpp"

namespace keyhold::store {

std::optional<Account> find_adopted(Connection& connection, std::string_view old_id);

// Does nothing if another account has the name: then this user is known to the old application alone.
void add_adopted(Connection& connection, const Account& account, std::string_view old_id);

// Its password, its address and whether it is disabled, where they are not as `wanted`; ends its sessions as that asks.
void update_adopted(Connection& connection, const Account& account, const Account& wanted, Time now);

void remove_adopted(Connection& connection, const Account& account, Time now);

}  // namespace keyhold::store
