// SPDX-License-Identifier: Apache-2.0
// Which of another application's tables has the users.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "store/adoption/foreign_database.hpp"

namespace keyhold::cli {

// Sharing a table needs its primary key; copying it does not.
enum class Wanted : std::uint8_t { share, copy };

// The named table; else one of the usual names; else the only table that looks like users. A sentence goes into
// `guesses` where it could be another. Refused: configuration, if there is none, or several.
Result<std::string> find_table(store::ForeignDatabase& database, const std::string& named, Wanted wanted,
                               std::vector<std::string>& guesses);

// PostgreSQL's tables in other schemas are seen by whoever names the schema: the refusal with these.
Error with_other_schemas(store::ForeignDatabase& database, const Error& refused);

// Whatever is wrong with the table is for the operator to mend, so it is one kind of error.
inline Error refuse_table(std::string why) { return {errors::configuration, std::move(why)}; }

}  // namespace keyhold::cli
