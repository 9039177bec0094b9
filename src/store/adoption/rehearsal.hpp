// SPDX-License-Identifier: Apache-2.0
// A trial of an adoption, all of which is undone: a user comes, gets another password and another state and goes,
// through the triggers, in the application's own table.
//
// Where a transaction undoes tables and triggers too (SQLite, PostgreSQL), it can be tried before anything is there. On
// MariaDB the statements of the triggers are tried on the table first, and the triggers as soon as they are made.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "store/accounts/account_store.hpp"
#include "store/adoption/dialect.hpp"

namespace keyhold::store {

enum class Rehearse { before_adoption, with_its_triggers };

// `probe` is an account that nobody has, of a name that is not there, and `second` another: a table that takes one and
// not the other beside it takes one newcomer alone. The hash of `second` is of the same kind and not the same.
// Refused: configuration, with what the database said and at which step; also if a transaction on that table cannot be
// undone. Throws Unavailable, while the application keeps the table locked, say.
Result<> rehearse(std::string_view url, const ForeignTable& table, const std::vector<ForeignColumn>& columns,
                  const Account& probe, const Account& second, Rehearse what);

}  // namespace keyhold::store
