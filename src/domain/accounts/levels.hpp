// SPDX-License-Identifier: Apache-2.0
// Who administers, and who administers those (docs/roles.md): an administrator has keyhold:admin by whatever role, an
// owner has the role admin itself.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "domain/accounts/roles.hpp"
#include "domain/errors.hpp"

namespace keyhold::domain {

// Only owners may change administrators.
inline bool is_owner(const Rights& rights) { return std::ranges::binary_search(rights.roles, admin_role); }
inline bool is_administrator(const Rights& rights) { return rights.has_scope(admin_scope); }

// The refusal that everybody else gets.
inline Error only_an_owner() {
    return {errors::rights_exceeded,
            "Only those who have the role admin change administrators, make backups and take users in"};
}

// Nobody gives what he does not have. An administrator sees all that support sees.
inline bool may_give(const Rights& giver, std::string_view scope) {
    return giver.has_scope(scope) || (scope == support_scope && is_administrator(giver));
}

// What is left of the rights where these scopes alone were asked for. Roles stand for all that they grant, so none is
// left.
inline Rights limited(const Rights& rights, const std::vector<std::string>& scopes) {
    Rights left;
    for (const std::string& scope : scopes)
        if (rights.has_scope(scope)) left.scopes.push_back(scope);
    return left;
}

}  // namespace keyhold::domain
