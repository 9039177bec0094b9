// SPDX-License-Identifier: Apache-2.0
// POST /oauth/introspect, and /introspect: what a token is worth now (RFC 7662).
#include "domain/clients/registered_clients.hpp"
#include "domain/sessions/sessions.hpp"
#include "domain/sessions/tokens.hpp"
#include "oauth/client.hpp"
#include "oauth/clients/token_question.hpp"
#include "oauth/routes.hpp"

namespace keyhold::oauth {
namespace {

struct Introspection {
    std::string json;
};

// RFC 7662 §2.2: whatever is not live is {"active":false} and nothing else.
Introspection inactive() { return {R"({"active":false})"}; }

// RFC 7662 §2.2 for a refresh token. `iat` is when the session was last refreshed, which is when this token was made.
Introspection of_refresh_token(const store::SessionOfAccount& found, const domain::Sessions& sessions) {
    Introspection answer;
    json::Writer out(answer.json);
    out.begin_object();
    out.member("active", true);
    out.member("token_type", "refresh_token");
    out.member("username", found.account.username);
    out.member("sub", found.session.account_id);
    out.member("sid", found.session.id);
    if (!found.session.client_id.empty()) {
        out.member("client_id", found.session.client_id);
        if (!found.session.scope->empty()) out.member("scope", *found.session.scope);
    }
    out.member("iat", std::int64_t{found.session.last_used_at.time_since_epoch().count()});
    out.member("exp", std::int64_t{sessions.expires_at(found.session).time_since_epoch().count()});
    out.end_object();
    return answer;
}

// RFC 7662 §4: a client learns nothing of tokens that are none of its business.
bool may_see(const AuthenticatedClient& client, std::string_view client_of_token) {
    return client.sees_all() || client.id() == client_of_token;
}

// The answer is the same whether the token is unknown, over or none of the client's business, so that nothing can be
// learned by trying. Two spellings of the body lead here, JSON and form.
template <class Question>
Result<Introspection> introspect(const AuthenticatedClient& client, const Question& question,
                                 domain::Sessions& sessions, domain::Tokens& tokens,
                                 domain::RegisteredClients& clients) {
    const std::string_view token = question.token.reveal();
    if (domain::looks_like_refresh_token(token)) {
        const auto found = sessions.find_by_token(token);
        return found && may_see(client, found->session.client_id) ? of_refresh_token(*found, sessions) : inactive();
    }
    auto claims = tokens.live_claims(token);
    if (!claims) {
        // A token of a program has no session, and is good as long as its client is registered.
        claims = tokens.claims_of_client(token);
        if (claims && !clients.find(claims->client_id())) return inactive();
    }
    if (!claims || !may_see(client, claims->client_id())) return inactive();
    Introspection answer;
    json::Writer out(answer.json);
    out.begin_object();
    out.member("active", true);
    out.member("token_type", "Bearer");
    if (!claims->username.empty()) out.member("username", claims->username);
    for (const auto& [name, json] : claims->claims) {
        // These three are said above; an application's claim of that name must not contradict them.
        if (name == "active" || name == "token_type" || name == "username") continue;
        out.name(name);
        out.raw(json);
    }
    out.end_object();
    return answer;
}

}  // namespace
}  // namespace keyhold::oauth

namespace keyhold::http {

template <>
struct Respond<oauth::Introspection> {
    static void write(Response& response, const oauth::Introspection& answer) {
        response.media_type = "application/json";
        response.body = answer.json;
    }
    static void describe(Operation& operation) {
        operation.response_schema = "Introspection";
        operation.schemas.emplace(
            "Introspection",
            R"({"type":"object","title":"Introspection","required":["active"],"properties":{)"
            R"json("active":{"type":"boolean","description":"Whether the token is good now (RFC 7662)"}}})json");
    }
};

}  // namespace keyhold::http

namespace keyhold::oauth {

namespace {

// What asks with a long body is read where nobody else is held up: tokens of ours are far shorter.
http::On threads_for_introspection(const http::Request& request) {
    constexpr std::size_t short_body = 8192;
    return request.body.size() > short_body ? http::On::storing : http::On::io;
}

}  // namespace

// /introspect takes JSON or a form and is older than /oauth/introspect, which takes the form of RFC 7662 §2.1 alone.
// Both need a client's proof.
void add_introspection_routes(http::Mount& of_oauth, http::Mount& of_old_paths) {
    const http::RouteAbout about{.summary = "What a token is worth (RFC 7662)",
                                 .tag = "clients",
                                 // Both the client's secret and the token are known to memory most of the time. A
                                 // wrong secret is counted on the disk, where it keeps no look-ups waiting.
                                 .on = http::On::io,
                                 .on_for = threads_for_introspection,
                                 .waits_on = http::On::storing,
                                 .no_store = true,
                                 .refusals = {errors::store_unavailable}};
    of_old_paths.add(http::Method::post, "/introspect", about, introspect<TokenQuestion>);
    of_oauth.add(http::Method::post, "/oauth/introspect", about, introspect<TokenForm>);
}

}  // namespace keyhold::oauth
