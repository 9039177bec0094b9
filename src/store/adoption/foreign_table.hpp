// SPDX-License-Identifier: Apache-2.0
// The users of another application, as they stand in its own table.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/accounts/account_store.hpp"

namespace keyhold::store {

// A column that says who may log in, or since when or that somebody may not (foreign_locks.hpp).
struct ForeignLock {
    enum class Says : std::uint8_t { who_may, who_may_not };
    std::string column, type;
    Says says = Says::who_may;
    bool is_moment = false;  // by its name: "deleted_at"
    // The words of a column like "status": whoever has another than the first may not. Empty for any other column.
    std::string may_value = {}, may_not_value = {};
    std::string now = {};     // what a time gets, as SQL, where its rows have a form of their own (time_form.hpp)
    std::string never = "0";  // what a number has that counts since when somebody may not log in, for those who may
    // Whether it marks those who are disabled here; else it is read, and marks nobody. Only triggers() asks.
    bool shuts = true;
};

// How a column has ids that are no key: 36 characters or 32.
enum class OwnId : std::uint8_t { dashed, bare };

// Their table, as `keyhold adopt` found it.
struct ForeignTable {
    std::string table, id, id_type, name, password;
    std::vector<ForeignLock> locks;
    std::string email = {};       // the column of the address; empty: none is followed
    bool email_required = false;  // nobody is there without one
    // What that column has where there is no address, as SQL; empty: always one. Only triggers() asks.
    std::string no_email = {};
    bool password_bytes = false;          // hashes are BLOB or bytea there
    std::string written_hash = "bcrypt";  // what Keyhold writes, as in the setting password_hash
    bool takes_registrations = true;      // false: people register at the application alone
    Spelling spelling = {};
    // What columns get that we know nothing of, when somebody registers here: column and text. Only triggers() asks.
    std::vector<std::pair<std::string, std::string>> values = {};
    // Columns that have an id of ours besides the key.
    std::vector<std::pair<std::string, OwnId>> own_ids = {};
    // Columns of moments whose rows have a form of their own, and the moment in that form as SQL (time_form.hpp).
    std::vector<std::pair<std::string, std::string>> times = {};
};

struct ForeignUser {
    std::string id, name, password_hash;  // empty for NULL
    bool active = true;
    std::string email = {};
};

// The account for a user; empty if we can have none of that name.
using MakeAccount = std::function<std::optional<Account>(const ForeignUser&)>;

}  // namespace keyhold::store
