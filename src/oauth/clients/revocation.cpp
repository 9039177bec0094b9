// SPDX-License-Identifier: Apache-2.0
// POST /oauth/revoke, and /revoke: takes a token back (RFC 7009).
#include "domain/clients/client_errors.hpp"
#include "domain/sessions/sessions.hpp"
#include "domain/sessions/tokens.hpp"
#include "oauth/client.hpp"
#include "oauth/clients/token_question.hpp"
#include "oauth/routes.hpp"

namespace keyhold::oauth {
namespace {

struct Revoked {};

// Ends the session behind a token, access or refresh. Whoever has the token may: §2.1 asks a client for its secret only
// if it has one, and one that was given to a registered client is that one's to take back. §2.2: a token that is not
// good is no error, as it is what the client wanted.
template <class Question>
Result<Revoked> revoke(const Client& client, const Question& question, domain::Sessions& sessions,
                       domain::Tokens& tokens) {
    const std::string_view token = question.token.reveal();
    // token_type_hint is not needed: a refresh token begins with "khr_", and an access token never does.
    if (domain::looks_like_refresh_token(token)) {
        if (auto ended = sessions.end_by_token(token, domain::revoked, client.id()); !ended)
            return std::move(ended).error();
        return Revoked{};
    }
    const auto bearer = tokens.authenticate(token);
    if (!bearer) {
        // A client's own token belongs to no session, so it cannot be revoked. That is an error and not a success,
        // because the client must not believe that the token is dead (§2.2.1).
        const auto of_client = tokens.claims_of_client(token);
        if (of_client && of_client->client_id() == client.id()) return errors::unsupported_token_type;
        return Revoked{};
    }
    if (const auto given = tokens.authenticate_client(token);
        given && !given->client_id.empty() && given->client_id != client.id())
        return errors::unauthorized_client;
    // One of the tutorial's belongs to no session: it ends with all that its account was issued so until now.
    if (!bearer->session)
        sessions.end_tokens(to_text(bearer->account->id));
    else
        (void)sessions.end(to_text(*bearer->session), domain::revoked);  // somebody else may have been first
    return Revoked{};
}

}  // namespace
}  // namespace keyhold::oauth

namespace keyhold::http {

template <>
struct Respond<oauth::Revoked> {
    static void write(Response& response, const oauth::Revoked&) {
        response.media_type = "application/json";
        response.body = "{}";
    }
    static void describe(Operation& operation) {
        operation.response_schema = "Revoked";
        operation.schemas.emplace("Revoked", R"({"type":"object","title":"Revoked"})");
    }
};

}  // namespace keyhold::http

namespace keyhold::oauth {

void add_revocation_routes(http::Mount& of_oauth, http::Mount& of_old_paths) {
    const http::RouteAbout about{
        .summary = "Take a token back (RFC 7009)",
        .tag = "clients",
        .on = http::On::storing,
        .no_store = true,
        .refusals = {errors::unauthorized_client, errors::unsupported_token_type, errors::store_unavailable}};
    of_old_paths.add(http::Method::post, "/revoke", about, revoke<TokenQuestion>);
    of_oauth.add(http::Method::post, "/oauth/revoke", about, revoke<TokenForm>);
}

}  // namespace keyhold::oauth
