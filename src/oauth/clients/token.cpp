// SPDX-License-Identifier: Apache-2.0
// POST /oauth/token, and /token: the token endpoint (RFC 6749 §3.2).
#include <algorithm>
#include <array>

#include "domain/clients/client_errors.hpp"
#include "domain/errors.hpp"
#include "domain/keys/id_tokens.hpp"
#include "oauth/client.hpp"
#include "oauth/clients/grant.hpp"
#include "oauth/id_token.hpp"
#include "oauth/resource.hpp"
#include "oauth/routes.hpp"

namespace keyhold::oauth {
namespace {

// Each grant: where it runs, whether clients without a registration may use it (the tutorial's clients do), and the
// function that gives. A password has to be hashed; all others wait for the database alone.
constexpr std::array grant_table{
    Grant{"authorization_code", http::On::storing, false, give_for_authorization_code},
    Grant{"refresh_token", http::On::storing, true, give_for_refresh_token},
    Grant{"client_credentials", http::On::storing, false, give_for_client_credentials},
    Grant{domain::device_grant, http::On::storing, false, give_for_device_code},
    Grant{"password", http::On::hashing, true, give_for_password},
};

const Grant* find_grant(std::string_view name) {
    const auto* const found = std::ranges::find(grant_table, name, &Grant::name);
    return found != grant_table.end() ? &*found : nullptr;
}

// What one of these asks for is short: reading a longer body on the I/O thread would hold up others.
constexpr std::size_t short_body = 4096;

// A refresh shall not wait behind those who log in. The body is read here exactly as the handler reads it, so that no
// body is hashed for where only the disk is waited for.
http::On threads_for(const http::Request& request) {
    // A longer body goes to the hashing threads without being read here, as it may hold a password.
    if (request.body.size() > short_body) return http::On::hashing;
    const auto body = http::IncomingBody::read(request, TokenRequest::notation);
    const auto name = body ? body->root().find("grant_type") : std::nullopt;
    const Grant* const grant = name ? find_grant(name->string().value_or("")) : nullptr;
    // A body without a known grant is refused later without hashing a password, so it does not wait for a thread that
    // hashes.
    return grant != nullptr ? grant->on : http::On::storing;
}

// A known device has a turn of its own where passwords are hashed.
std::string device_owner(const http::Request& request, domain::Throttle& throttle) {
    if (request.body.size() > short_body || request.body.find(domain::device_prefix) == std::string_view::npos)
        return {};
    const auto body = http::IncomingBody::read(request, TokenRequest::notation);
    const auto wanted = body ? http::read_struct<TokenRequest>(body->root(), "body") : errors::validation_failed;
    if (!wanted || !wanted->username || !wanted->device_token) return {};
    return domain::owner_of_device(*wanted->username, wanted->device_token->reveal(), throttle);
}

// RFC 6749 §5.1.
struct TokenResponse {
    static constexpr std::string_view schema_name = "TokenResponse";
    std::string access_token;
    std::string token_type;
    std::int64_t expires_in;  // seconds
    std::optional<std::string> refresh_token;
    std::optional<std::string> id_token;  // OpenID Connect Core §3.1.3.3
    std::optional<std::string> scope;
    std::optional<std::int64_t> refresh_expires_in;  // ours: seconds that the session lives if it is not refreshed
    std::optional<std::string> device_token;         // ours: for the next log-in (domain/passwords/throttle.hpp)
};
KEYHOLD_FIELDS(TokenResponse, (access_token, about("Goes into `Authorization: Bearer`; a signed JWT")),
               (token_type, about("`bearer`, or `cookie` where the tokens are in cookies")),
               (expires_in, about("Seconds that it is good")), (refresh_token, about("Gets the next tokens, once")),
               (id_token, about("Who has signed in, as a signed JWT (OpenID Connect Core 2)")),
               (scope, about("What the token may be used for: words with spaces between them (RFC 6749)")),
               (refresh_expires_in, about("Seconds that the session lives if it is not refreshed")),
               (device_token,
                about("Of an earlier log-in: who brings it is known, and others' wrong guesses do not keep it out")))

// Which grant it is, if this client may use it.
Result<const Grant*> grant_for(const TokenRequest& wanted, const Client& client,
                               const std::optional<domain::RegisteredClient>& registered) {
    const Grant* const grant = find_grant(wanted.grant_type);
    if (grant == nullptr) return Error(errors::unsupported_grant_type, "This grant_type is not understood here");
    const bool may = registered ? store::has_word(registered->grants, grant->name) : grant->without_registration;
    if (may) return grant;
    // RFC 6749 §5.2: the client is unknown. One of the setting `clients` that has proved its secret is not.
    if (!registered && !client.is_authenticated()) return errors::invalid_client;
    return Error(errors::unauthorized_client, "This client is not registered for this grant_type");
}

// The handler. What differs between grants is in the function of the row; the answer is the same for all.
Result<TokenResponse> give_tokens(const TokenRequest& wanted, const Client& client, const http::Request& request,
                                  domain::Accounts& accounts, domain::Throttle& throttle, domain::Sessions& sessions,
                                  domain::Tokens& tokens, domain::LogInCounters& counters,
                                  domain::RegisteredClients& clients, domain::Authorizations& authorizations,
                                  domain::DeviceGrants& devices, domain::IdTokens& id_tokens,
                                  domain::Profiles& profiles) {
    const auto registered = clients.find(client.id());
    const auto grant = grant_for(wanted, client, registered);
    if (!grant) return grant.error();
    // Before anything that was shown is used up.
    if (auto checked = check_resources(wanted.resource, tokens.audience()); !checked) return std::move(checked).error();
    auto given = (*grant)->give(wanted, {client, registered, request},
                                {accounts, throttle, sessions, tokens, counters, authorizations, devices, id_tokens});
    if (!given) return std::move(given).error();
    TokenResponse answer{.access_token = given->access.access_token,
                         .token_type = "Bearer",
                         .expires_in = given->access.expires_in.count(),
                         .refresh_token = {},
                         .id_token = {},
                         .scope = given->access.scope,
                         .refresh_expires_in = {},
                         .device_token = {}};
    if (!given->refresh_token.empty()) {
        answer.refresh_token = given->refresh_token.reveal();
        answer.refresh_expires_in = given->left.count();
    }
    if (given->client && registered) answer.id_token = id_token_of(*given, *registered, id_tokens, accounts, profiles);
    if (!given->device_token.empty()) answer.device_token = given->device_token.reveal();
    return answer;
}

}  // namespace

std::span<const Grant> grants() { return grant_table; }

}  // namespace keyhold::oauth

namespace keyhold::http {

template <>
struct Respond<oauth::TokenResponse> {
    static void write(Response& response, const oauth::TokenResponse& answer) {
        response.add_field("Pragma", "no-cache");  // §5.1 asks for it beside Cache-Control
        detail::write_json(response, answer);
    }
    static void describe(Operation& operation) {
        operation.response_schema = add_schema<oauth::TokenResponse>(operation.schemas);
    }
};

}  // namespace keyhold::http

namespace keyhold::oauth {

// /token is the path of FastAPI's tutorial.
void add_token_routes(http::Mount& mount) {
    for (const std::string_view path : {"/oauth/token", "/token"})
        mount.add(http::Method::post, path,
                  {.summary = "Get tokens for a code, a refresh token or a password (RFC 6749)",
                   .tag = "oauth",
                   .door = Door::oauth,
                   .on = http::On::hashing,
                   .on_for = threads_for,
                   .no_store = true,
                   .refusals = {errors::invalid_credentials, errors::refresh_token_invalid, errors::code_invalid,
                                errors::too_many_attempts, errors::unsupported_grant_type, errors::unauthorized_client,
                                errors::authorization_pending, errors::slow_down, errors::access_denied,
                                errors::device_code_expired, errors::invalid_scope, errors::invalid_target,
                                errors::store_unavailable}},
                  give_tokens, device_owner);
}

}  // namespace keyhold::oauth
