// SPDX-License-Identifier: Apache-2.0
// The claims of an access token that say what it is worth and whom it stands for: neither a program's hook nor a column
// of an adopted application can set them, as whoever checks the token takes our word for them.
#pragma once

#include <algorithm>
#include <iterator>
#include <string_view>

#include "domain/sessions/live_claims.hpp"

namespace keyhold::domain {

// RFC 7519 §4.1, RFC 9068 §2.2, RFC 8693 §4.1, RFC 7800 §3.1, RFC 9470 §6.1, OpenID Connect Core §2 and §5.1, the Token
// Status List §6.1, and what Keyhold's own tokens say besides (tokens.hpp). Also those that our tokens do not have: a
// guard believes `auth_time` whoever wrote it.
inline constexpr std::string_view reserved_claims[] = {"iss",
                                                       "sub",
                                                       "aud",
                                                       "exp",
                                                       "nbf",
                                                       "iat",
                                                       "jti",
                                                       "sid",
                                                       "uid",
                                                       "client_id",
                                                       "act",
                                                       "may_act",
                                                       "cnf",
                                                       "groups",
                                                       "acr",
                                                       "amr",
                                                       "azp",
                                                       "auth_time",
                                                       "preferred_username",
                                                       "scope_limited",
                                                       "status"};

// Those, and the facts of live_claims.hpp.
constexpr bool is_reserved_claim(std::string_view name) {
    return std::ranges::find(reserved_claims, name) != std::end(reserved_claims) ||
           std::ranges::find(live_claims_of_ours, name, &LiveClaim::name) != live_claims_of_ours.end();
}

}  // namespace keyhold::domain
