// SPDX-License-Identifier: Apache-2.0
// POST /oauth/token, and /token: the token endpoint (RFC 6749 §3.2).
#include <algorithm>
#include <array>

#include "domain/errors.hpp"
#include "oauth/client.hpp"
#include "oauth/grant.hpp"
#include "oauth/routes.hpp"

namespace keyhold::oauth {
namespace {

constexpr std::array grant_table{
    Grant{"password", http::On::hashing, give_for_password},
    Grant{"refresh_token", http::On::storing, give_for_refresh_token},
};

const Grant* find_grant(std::string_view name) {
    const auto* const found = std::ranges::find(grant_table, name, &Grant::name);
    return found != grant_table.end() ? &*found : nullptr;
}

// What one of these asks for is short: reading a longer body on the I/O thread would hold up others.
constexpr std::size_t short_body = 4096;

// A refresh shall not wait behind those who log in. The body is read here exactly as the handler reads it, so that no
// body is hashed for where only the disk is waited for.
http::On place_of(const http::Request& request) {
    if (request.body.size() > short_body) return http::On::hashing;
    const auto body = http::IncomingBody::read(request, TokenRequest::notation);
    const auto name = body ? body->root().find("grant_type") : std::nullopt;
    const Grant* const grant = name ? find_grant(name->string().value_or("")) : nullptr;
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
    std::string refresh_token;
    std::optional<std::string> scope;
    std::int64_t refresh_expires_in;          // ours: seconds that the session lives if it is not refreshed before
    std::optional<std::string> device_token;  // ours: for the next log-in (domain/throttle.hpp)
};
KEYHOLD_FIELDS(TokenResponse, (access_token), (token_type), (expires_in), (refresh_token), (scope),
               (refresh_expires_in), (device_token))

Result<TokenResponse> give_tokens(const TokenRequest& wanted, const Client&, const http::Request& request,
                                  domain::Accounts& accounts, domain::Throttle& throttle, domain::Sessions& sessions,
                                  domain::Tokens& tokens, domain::LogInCounters& counters) {
    const Grant* const grant = find_grant(wanted.grant_type);
    if (grant == nullptr) return Error(errors::unsupported_grant_type, "This grant_type is not understood here");
    auto given = grant->give(wanted, request, {accounts, throttle, sessions, tokens, counters});
    if (!given) return std::move(given).error();
    TokenResponse answer{.access_token = std::move(given->access.access_token),
                         .token_type = "Bearer",
                         .expires_in = given->access.expires_in.count(),
                         .refresh_token = std::string(given->refresh_token.reveal()),
                         .scope = {},
                         .refresh_expires_in = given->left.count(),
                         .device_token = {}};
    // §3.3: a scope that was asked for may be ignored, as there are none here, but whoever asked has to be told.
    if (wanted.scope) answer.scope = "";
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
        operation.response_schema = oauth::TokenResponse::schema_name;
        add_schema<oauth::TokenResponse>(operation.schemas);
    }
};

}  // namespace keyhold::http

namespace keyhold::oauth {

void add_token_routes(http::Mount& mount) {
    for (const std::string_view path : {"/oauth/token", "/token"})
        mount.add(http::Method::post, path,
                  {.summary = "Get tokens for a password or a refresh token (RFC 6749)",
                   .tag = "oauth",
                   .on = http::On::hashing,
                   .on_for = place_of,
                   .no_store = true,
                   .refusals = {errors::invalid_credentials, errors::refresh_token_invalid, errors::too_many_attempts,
                                errors::unsupported_grant_type, errors::store_unavailable}},
                  give_tokens, device_owner);
}

}  // namespace keyhold::oauth
