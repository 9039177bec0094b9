// SPDX-License-Identifier: Apache-2.0
// The tables of a program that is made of Keyhold, beside ours: its own numbered statements, which only go forward.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "store/database/database.hpp"

namespace keyhold::store {

// The count of statements is the version, so none of them may be taken out or changed once it was released.
struct ProgramSchema {
    std::string program;                  // whose they are: several programs may share a database
    std::vector<std::string> statements;  // the first one makes version 1
};

// Runs those that were not run here before, each once, in their order; processes that start together wait for each
// other, and what a killed one left half-way is finished by the next. Make::nothing: only looks. Refused:
// configuration, if a newer version of the program was here before, or (Make::nothing) if one is missing. Throws
// Unavailable, and std::runtime_error for a statement that the database does not take. Our own tables are there
// already.
Result<> migrate_program(std::string_view url, const ProgramSchema& schema, Make make);

}  // namespace keyhold::store
