// SPDX-License-Identifier: Apache-2.0
// What new users get because the application's own code says it: people who register at Keyhold have it too.
#pragma once

#include <optional>
#include <string_view>

#include "cli/adoption/adoption_report.hpp"
#include "store/adoption/foreign_table.hpp"

namespace keyhold::cli {

// What the code gives this column; null: it says nothing of it.
const ModelDefault* default_of(const ForeignUsers& users, std::string_view column);

// Whether somebody with this value may log in there; empty where that cannot be told.
std::optional<bool> lets_newcomers_in(const store::ForeignLock& lock, const ModelDefault& given);

// Puts what the code says into what a new row gets, where nobody has said it on the command line. What the column
// cannot hold, or nobody can be sure of, becomes a guess.
void take_defaults(store::ForeignDatabase& database, ForeignUsers& users);

}  // namespace keyhold::cli
