// SPDX-License-Identifier: Apache-2.0
// What somebody may do: the roles of an account and the scopes that they grant (docs/roles.md).
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace keyhold {

// Both in the order of their bytes, nothing twice.
struct Rights {
    std::vector<std::string> roles, scopes;

    bool has_scope(std::string_view scope) const { return std::binary_search(scopes.begin(), scopes.end(), scope); }
    bool operator==(const Rights&) const = default;
};

}  // namespace keyhold
