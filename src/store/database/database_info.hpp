// SPDX-License-Identifier: Apache-2.0
// What there is to say about a database without using it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace keyhold::store {

struct DatabaseInfo {
    std::string_view driver;          // "postgresql"
    std::string place;                // for people; without a password
    int schema = 0;                   // 0: nothing of ours is there yet
    int newest = 0;                   // what this program makes of it
    std::vector<std::string> doubts;  // settings of the server under which acknowledged writes may be lost
};

// Changes nothing and makes nothing. Refused: configuration (the URL), not_found. Throws Unavailable.
// Waits up to 5 s for a server that does not answer.
Result<DatabaseInfo> look_at_database(std::string_view url);

}  // namespace keyhold::store
