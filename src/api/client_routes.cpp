// For first-party clients: asking about a token (RFC 7662) and taking it back (RFC 7009).
#include "api/client.hpp"
#include "api/routes.hpp"
#include "domain/sessions.hpp"
#include "domain/tokens.hpp"

namespace keyhold::api {
namespace {

struct TokenBody {
    static constexpr std::string_view schema_name = "TokenQuestion";
    static constexpr http::Notation notation = http::Notation::json_or_form;
    static constexpr std::string_view example = R"({"token": "..."})";
    Secret token;
    std::optional<std::string> token_type_hint;  // not needed: ours tell themselves apart
};
KEYHOLD_FIELDS(TokenBody, (token), (token_type_hint))

struct Introspection {
    std::string json;
};

// RFC 7662 §2.2: whatever is not live is {"active":false} and nothing else.
Introspection inactive() { return {R"({"active":false})"}; }

Introspection of_refresh_token(const store::SessionOfAccount& found, const domain::Sessions& sessions) {
    Introspection answer;
    json::Writer out(answer.json);
    out.begin_object();
    out.member("active", true);
    out.member("token_type", "refresh_token");
    out.member("username", found.account.username);
    out.member("sub", found.session.account_id);
    out.member("sid", found.session.id);
    out.member("iat", std::int64_t{found.session.last_used_at.time_since_epoch().count()});
    out.member("exp", std::int64_t{sessions.expires_at(found.session).time_since_epoch().count()});
    out.end_object();
    return answer;
}

// POST /introspect: what a token is worth now.
Result<Introspection> introspect(const AuthenticatedClient&, const TokenBody& question, domain::Sessions& sessions,
                                 domain::Tokens& tokens) {
    const std::string_view token = question.token.reveal();
    if (domain::looks_like_refresh_token(token)) {
        const auto found = sessions.find_by_token(token);
        return found ? of_refresh_token(*found, sessions) : inactive();
    }
    const auto claims = tokens.live_claims(token);
    if (!claims) return inactive();
    Introspection answer;
    json::Writer out(answer.json);
    out.begin_object();
    out.member("active", true);
    out.member("token_type", "Bearer");
    out.member("username", claims->username);
    for (const auto& [name, json] : claims->claims) {
        if (name == "active" || name == "token_type" || name == "username") continue;
        out.name(name);
        out.raw(json);
    }
    out.end_object();
    return answer;
}

struct Revoked {};

// POST /revoke: ends the session behind a token, access or refresh. RFC 7009 §2.2: a token that is not good is no
// error, as it is what the client wanted.
Result<Revoked> revoke(const AuthenticatedClient&, const TokenBody& question, domain::Sessions& sessions,
                       domain::Tokens& tokens) {
    const std::string_view token = question.token.reveal();
    if (domain::looks_like_refresh_token(token)) {
        sessions.end_by_token(token, domain::revoked);
        return Revoked{};
    }
    const auto bearer = tokens.authenticate(token);
    if (!bearer) return Revoked{};
    // One of the tutorial's belongs to no session: it ends with all that its account was issued so until now.
    if (!bearer->session)
        sessions.end_tokens(to_text(bearer->account->id));
    else
        (void)sessions.end(to_text(*bearer->session), domain::revoked);  // somebody else may have been first
    return Revoked{};
}

}  // namespace
}  // namespace keyhold::api

namespace keyhold::http {

template <>
struct Respond<api::Introspection> {
    static void write(Response& response, const api::Introspection& answer) {
        response.media_type = "application/json";
        response.body = answer.json;
    }
    static void describe(Operation& operation) {
        operation.response_schema = "Introspection";
        operation.schemas.emplace("Introspection", R"({"type":"object","title":"Introspection","required":["active"],)"
                                                   R"("properties":{"active":{"type":"boolean"}}})");
    }
};

template <>
struct Respond<api::Revoked> {
    static void write(Response& response, const api::Revoked&) {
        response.media_type = "application/json";
        response.body = "{}";
    }
    static void describe(Operation& operation) {
        operation.response_schema = "Revoked";
        operation.schemas.emplace("Revoked", R"({"type":"object","title":"Revoked"})");
    }
};

}  // namespace keyhold::http

namespace keyhold::api {

void add_client_routes(http::Mount& mount) {
    mount.add(http::Method::post, "/introspect",
              {.summary = "What a token is worth (RFC 7662)",
               .tag = "clients",
               .on = http::On::storing,
               .no_store = true,
               .refusals = {Errc::store_unavailable}},
              introspect);
    mount.add(http::Method::post, "/revoke",
              {.summary = "Take a token back (RFC 7009)", .tag = "clients", .on = http::On::storing, .no_store = true},
              revoke);
}

}  // namespace keyhold::api
