// SPDX-License-Identifier: Apache-2.0
// The devices that an account knows, for the stores that read and write them in transactions of their own.
#pragma once

#include "store/access/throttle_store.hpp"
#include "store/database/connection.hpp"

namespace keyhold::store {

// An account knows so many; of more it forgets the one that was used least recently.
inline constexpr std::size_t most_devices = 10;

// By all three: another password, which counts the generation up, makes a device unknown.
bool is_known(Connection& connection, const Device& device);

// The rest belong into a transaction that has written the account's row: so there is one at a time for each account.

// It has just proved the password.
void remember_device(Connection& connection, const Device& device);

// Another password, of the generation after `in_use`: the device that asked for it, if it was known, stays known alone.
void keep_one_device(Connection& connection, const Device& in_use);

void forget_devices(Connection& connection, std::string_view account_id);

}  // namespace keyhold::store
