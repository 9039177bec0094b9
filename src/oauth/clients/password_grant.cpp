// SPDX-License-Identifier: Apache-2.0
// grant_type=password (RFC 6749 §4.3): the log-in of /login, by the name and the password themselves. What a registered
// client gets for them is its own, as with a code; any other client gets what the tutorial's do.
#include "domain/errors.hpp"
#include "oauth/authorization/authorization_request.hpp"
#include "oauth/clients/grant.hpp"

namespace keyhold::oauth {
namespace {

// The scopes that the client is registered for, as at the authorization endpoint.
Result<std::string> scope_for(const domain::RegisteredClient& client, std::string_view asked,
                              const domain::IdTokens& id_tokens) {
    std::string scope = allowed_scope(asked, client);
    if (scope.empty() && !asked.empty())
        return Error(errors::invalid_scope, "This client may have none of these scopes");
    if (store::has_word(scope, "openid") && !id_tokens.can_issue())
        return Error(errors::invalid_scope, "There are no ID tokens here: that needs keys of our own, and an issuer");
    return Result<std::string>(std::move(scope));
}

}  // namespace

Result<domain::LoggedIn> give_for_password(const TokenRequest& wanted, const Asking& who,
                                           const GrantServices& services) {
    if (!wanted.username) return missing("username");
    if (!wanted.password) return missing("password");
    const std::string_view asked = wanted.scope ? std::string_view(*wanted.scope) : "";
    domain::LogInAttempt attempt{
        .username = *wanted.username,
        .password = *wanted.password,
        .device_token = wanted.device_token ? wanted.device_token->reveal() : std::string_view(),
        .client = {.device = who.request.find("User-Agent").value_or(""),
                   .address = who.request.remote_address,
                   .language = who.request.find("Accept-Language").value_or("")},
        .scope = asked,
        .nothing_left = domain::NothingLeft::refused};
    const auto log_in = [&]() -> Result<domain::LoggedIn> {
        if (!who.registered)
            return domain::log_in(attempt, services.accounts, services.throttle, services.sessions, services.tokens);
        const auto scope = scope_for(*who.registered, asked, services.id_tokens);
        if (!scope) return scope.error();
        // The list of sessions shows the client's name where a person's own show the browser.
        attempt.client.device = who.registered->name;
        return domain::log_in_to_client(attempt, *who.registered, *scope, services.accounts, services.throttle,
                                        services.sessions, services.tokens);
    };
    auto logged_in = log_in();
    services.counters.count(logged_in);
    return logged_in;
}

}  // namespace keyhold::oauth
