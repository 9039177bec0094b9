// SPDX-License-Identifier: Apache-2.0
// What `keyhold adopt` finds in another application's table, before anything is written.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "server/settings.hpp"
#include "store/adoption/foreign_database.hpp"

namespace keyhold::cli {

using namespace server;

// What the command line says of the table; empty: to be found.
struct TableNames {
    std::string table, name, password;
    std::vector<std::string> active, disabled;  // say who may log in, and who may not
    bool everybody = false;                     // may log in: no column is followed
    std::vector<std::string> values;            // "role=user": what newcomers get there
    bool no_registration = false;               // people register at the application alone
};

struct ForeignUsers {
    store::ForeignTable table;
    std::vector<store::ForeignColumn> columns;
    std::vector<std::string> unclear;   // columns that may lock people out, and nobody has said how
    std::vector<std::string> verified;  // columns like is_verified, which are not looked at
    std::vector<std::string> guesses;   // what was chosen and could be otherwise, as sentences
    std::vector<std::string> empty;     // columns that newcomers have nothing in, and everybody there has
};

// The table of the users. Refused: configuration, if there is none or it cannot be adopted, with the way out.
Result<ForeignUsers> find_users(store::ForeignDatabase& database, const TableNames& names);

struct AdoptionReport {
    std::int64_t rows = 0;
    std::map<std::string, std::int64_t> hashes;  // "bcrypt, cost 12": how many
    std::int64_t bcrypt = 0, argon2id = 0, unreadable = 0;
    std::int64_t argon2_memory = 0, argon2_passes = 0;  // of the last argon2id hash
    std::int64_t locked_out = 0;                        // rows of users who may not log in
    std::int64_t clashing = 0;          // rows whose name another row has, when case is folded, and which came later
    std::vector<std::string> clashes;   // "Bob (3), bob (17)", the first ones
    std::int64_t odd = 0;               // rows whose name we cannot have
    std::vector<std::string> oddities;  // "id 5: A username cannot ...", the first ones
};

AdoptionReport report_on(store::ForeignDatabase& database, const store::ForeignTable& table,
                         const std::function<void(std::int64_t row)>& progress);

}  // namespace keyhold::cli
