// SPDX-License-Identifier: Apache-2.0
// The users of another application, as they stand in its own table.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "store/account_store.hpp"

namespace keyhold::store {

// A column that says who may log in, or since when or that somebody may not (foreign_locks.hpp).
struct ForeignLock {
    enum class Says : std::uint8_t { who_may, who_may_not };
    std::string column, type;
    Says says = Says::who_may;
    bool is_moment = false;  // by its name: "deleted_at"
};

// Their table, as `keyhold adopt` found it.
struct ForeignTable {
    std::string table, id, id_type, name, password;
    std::vector<ForeignLock> locks;
};

struct ForeignUser {
    std::string id, name, password_hash;  // empty for NULL
    bool active = true;
};

// The account for a user; empty if we can have none of that name.
using MakeAccount = std::function<std::optional<Account>(const ForeignUser&)>;

}  // namespace keyhold::store
