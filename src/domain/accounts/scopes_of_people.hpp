// SPDX-License-Identifier: Apache-2.0
// The scopes that are about the person who signs in to an OAuth client and about their account (OpenID Connect Core
// §5.4, §11), not about what the account may do elsewhere: nobody needs a role to give them away.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "domain/clients/registered_clients.hpp"

namespace keyhold::domain {

inline constexpr std::array<std::string_view, 5> scopes_of_people{"openid", "profile", "email", "offline_access",
                                                                  account_scope};

constexpr bool is_about_the_person(std::string_view scope) {
    return std::ranges::find(scopes_of_people, scope) != scopes_of_people.end();
}

}  // namespace keyhold::domain
