// SPDX-License-Identifier: Apache-2.0
// GET and POST /oauth/userinfo: what the person of an access token lets its client know (OpenID Connect Core §5.3).
#include "base/json.hpp"
#include "base/waiting.hpp"
#include "domain/accounts/accounts.hpp"
#include "domain/accounts/profiles.hpp"
#include "domain/clients/client_errors.hpp"
#include "domain/clients/registered_clients.hpp"
#include "domain/keys/id_tokens.hpp"
#include "domain/sessions/sessions.hpp"
#include "domain/sessions/tokens.hpp"
#include "http/bearer.hpp"
#include "http/cookies.hpp"
#include "http/errors.hpp"
#include "http/scopes.hpp"
#include "oauth/errors.hpp"
#include "oauth/person_claims.hpp"
#include "oauth/routes.hpp"

namespace keyhold::oauth {

// What is known, as JSON, or for a client that registered for it, signed (§5.3.2).
struct UserInfoAnswer {
    std::string body;
    bool is_signed = false;
};

// The token of a request: in the Authorization field (RFC 6750 §2.1), or in the form of a POST (§2.2), in one place
// alone. Never a cookie's: this is for clients.
struct PresentedToken {
    Secret text;
};

namespace {

// Refused: as a bearer token is (RFC 6750 §3.1); insufficient_scope without `openid`. A client that asked for a
// signature gets a JWT, every other one JSON.
Result<UserInfoAnswer> user_info(const PresentedToken& presented, domain::Tokens& tokens, domain::Accounts& accounts,
                                 domain::Profiles& profiles, domain::RegisteredClients& clients,
                                 domain::IdTokens& id_tokens) {
    const auto bearer = tokens.authenticate_client(presented.text.reveal());
    if (!bearer) return bearer.error();
    if (!store::has_word(bearer->scope, "openid")) return http::needs_scope("openid");
    UserInfoAnswer answer;
    json::Writer out(answer.body);
    // Only what the scopes of the token let the client know (§5.3.2).
    const auto is_told = [&](std::string_view, std::string_view of_scope) {
        return store::has_word(bearer->scope, of_scope);
    };
    http::Codec<UserInfo>::write(out, told_about(*bearer->account, is_told, accounts, profiles));
    const auto client = clients.find(bearer->client_id);
    if (!client || client->userinfo_algorithm.empty() || !id_tokens.can_issue()) return answer;
    about_to_wait();  // a signature by RSA takes a millisecond
    // Without its braces: `iss` and `aud` go in front.
    const std::string members = answer.body.substr(1, answer.body.size() - 2);
    answer.body = id_tokens.sign_user_info(members, client->id, client->userinfo_algorithm);
    answer.is_signed = true;
    return answer;
}

}  // namespace
}  // namespace keyhold::oauth

namespace keyhold::http {
namespace {

// RFC 6750 §2.2: the token as a form field, in a POST alone.
struct TokenInForm {
    std::optional<Secret> access_token;
};
KEYHOLD_FIELDS(TokenInForm, (access_token, about("Goes into `Authorization: Bearer`; a signed JWT")))

}  // namespace

template <>
struct Extract<oauth::PresentedToken> {
    static Result<oauth::PresentedToken> from(const Request& request) {
        std::optional<Secret> in_form;
        if (request.method == Method::post && !request.body.empty()) {
            const auto body = IncomingBody::read(request, Notation::form);
            if (!body) return body.error();
            auto read = read_struct<TokenInForm>(body->root(), "body");
            if (!read) return errors::token_repeated;
            in_form = std::move(read->access_token);
        }
        // RFC 6750 §2: "Clients MUST NOT use more than one method to transmit the token in each request."
        // §3.1: invalid_request, 400.
        if (request.find("Authorization") && in_form) return errors::token_repeated;
        if (in_form) return oauth::PresentedToken{std::move(*in_form)};
        const auto token = bearer_token(request);
        if (!token) return errors::not_authenticated;
        if (token->empty()) return errors::token_malformed;
        return oauth::PresentedToken{Secret(*token)};
    }
    static void describe(Operation& operation) {
        operation.locked = true;
        operation.refusals.insert(
            operation.refusals.end(),
            {errors::not_authenticated, errors::token_malformed, errors::token_repeated, errors::token_signature,
             errors::token_expired, errors::token_not_live, errors::insufficient_scope});
    }
};

template <>
struct Respond<oauth::UserInfoAnswer> {
    static void write(Response& response, const oauth::UserInfoAnswer& answer) {
        response.media_type = answer.is_signed ? "application/jwt" : "application/json";
        response.body = answer.body;
    }
    static void describe(Operation& operation) { Respond<oauth::UserInfo>::describe(operation); }
};

}  // namespace keyhold::http

namespace keyhold::oauth {

void add_userinfo_routes(http::Mount& mount) {
    for (const http::Method method : {http::Method::get, http::Method::post})
        mount.add(method, "/oauth/userinfo",
                  {.summary = "What a person lets a client know (OpenID Connect)",
                   .tag = "oauth",
                   .door = Door::oauth,
                   // Usually answered from memory; what has to ask the database moves to another thread
                   // (base/waiting.hpp).
                   .on = http::On::io,
                   .no_store = true,
                   .refusals = {errors::unsupported_media_type, errors::store_unavailable},
                   .description = method == http::Method::get
                                      ? "The claims that the scopes of the token give (OpenID Connect Core 5.3)."
                                      : "The same as by GET; the token may stand in a form."},
                  user_info);
}

}  // namespace keyhold::oauth
