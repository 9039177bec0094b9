// SPDX-License-Identifier: Apache-2.0
// What is known of an account wherever somebody acts for it: from the database by way of memory to the handler.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "store/database/row.hpp"
#include "store/role_set.hpp"

namespace keyhold::store {

// Columns of keyhold_accounts. One more fact is one more member; handlers find it in keyhold::User. A change of
// one is recorded (Changed::account), and counts from then on for every session that there is.
struct Subject {
    Id id{};
    std::string username;
    Time tokens_valid_from{};  // as of Account
    bool disabled = false;
    RoleSet roles = {};

    bool operator==(const Subject&) const = default;
};
KEYHOLD_ROW(Subject, (id), (username), (tokens_valid_from), (disabled), (roles))

}  // namespace keyhold::store
