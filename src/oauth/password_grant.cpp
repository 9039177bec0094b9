// SPDX-License-Identifier: Apache-2.0
// grant_type=password (RFC 6749 §4.3): the log-in of /login, by the name and the password themselves.
#include "oauth/grant.hpp"

namespace keyhold::oauth {

Result<domain::LoggedIn> give_for_password(const TokenRequest& wanted, const Asking& who,
                                           const GrantServices& services) {
    if (!wanted.username) return missing("username");
    if (!wanted.password) return missing("password");
    auto logged_in =
        domain::log_in({.username = *wanted.username,
                        .password = *wanted.password,
                        .device_token = wanted.device_token ? wanted.device_token->reveal() : std::string_view(),
                        .client = {.device = who.request.find("User-Agent").value_or(""),
                                   .address = who.request.remote_address,
                                   .language = who.request.find("Accept-Language").value_or("")},
                        .scope = wanted.scope ? std::string_view(*wanted.scope) : ""},
                       services.accounts, services.throttle, services.sessions, services.tokens);
    services.counters.count(logged_in);
    return logged_in;
}

}  // namespace keyhold::oauth
