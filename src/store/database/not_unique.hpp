// SPDX-License-Identifier: Apache-2.0
// How the databases name what must be unique, and what we call it: NotUnique::constraint().
//
// SQLite names columns, PostgreSQL and MariaDB the index. So that the index says which columns it is of, a unique
// column is made by
//     CREATE UNIQUE INDEX keyhold_accounts_by_email ON keyhold_accounts (email)
// which is "keyhold_accounts.email" on all three.
#pragma once

#include <string>
#include <string_view>

namespace keyhold::store {

inline constexpr std::string_view primary_key = "primary";

// "keyhold_accounts_by_email", "keyhold_accounts_pkey", "PRIMARY".
std::string constraint_of_index(std::string_view index);

}  // namespace keyhold::store
