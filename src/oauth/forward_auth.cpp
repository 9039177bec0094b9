// SPDX-License-Identifier: Apache-2.0
// /forward-auth/{nginx,traefik,caddy,envoy}: a proxy asks whether a request to an application may pass, and who sends
// it. /forward-auth/sign-in and /.keyhold/callback: the way of a browser to Keyhold and back, on which the
// application's host gets a cookie of its own (docs/forward-auth.md, docs/decisions/0091-forward-auth.md).
#include <algorithm>
#include <array>

#include "base/base64url.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "domain/authorizations.hpp"
#include "domain/id_tokens.hpp"
#include "http/accept.hpp"
#include "http/session_cookies.hpp"
#include "oauth/authorization_request.hpp"
#include "oauth/bearer.hpp"
#include "oauth/errors.hpp"
#include "oauth/protect_rules.hpp"
#include "oauth/routes.hpp"
#include "pages/own_path.hpp"
#include "pages/visit.hpp"

namespace keyhold::oauth {

// What a proxy makes of it: 2xx lets the request pass.
struct Verdict {
    int status = 200;
    std::vector<std::pair<std::string_view, std::string>> fields = {};
};

namespace {

constexpr std::string_view session_cookie = "__Host-keyhold-proxy", way_cookie = "__Host-keyhold-way";
constexpr std::string_view callback_path = "/.keyhold/callback";
constexpr std::chrono::seconds jwt_lifetime{60};

// How each proxy is told that somebody has to sign in: nginx knows 401 and 403 alone, and its configuration makes a
// redirect of the first (docs/forward-auth.md); the others hand on what we answer.
struct ProxyRow {
    std::string_view name;
    int sign_in;
};
constexpr std::array proxies{ProxyRow{"nginx", 401}, ProxyRow{"traefik", 303}, ProxyRow{"caddy", 303},
                             ProxyRow{"envoy", 303}};

// What the browser asked the proxy for. Envoy has no fields for it: it keeps Host, and puts the path behind
// "original=".
struct Original {
    std::string scheme, host, uri, method;
};

std::string first_of(const http::Request& request, std::string_view name) {
    return std::string(request.count(name) == 1 ? request.find(name).value_or("") : std::string_view());
}

Original read_original(const http::Request& request, const ProxyRow& proxy) {
    if (proxy.name == "envoy") {
        constexpr std::string_view before = "original=";
        const std::string_view query = request.query;
        return {"https", ascii_lower(first_of(request, "Host")),
                std::string(query.starts_with(before) ? query.substr(before.size()) : ""),
                std::string(http::name_of(request.method))};
    }
    return {ascii_lower(first_of(request, "X-Forwarded-Proto")), ascii_lower(first_of(request, "X-Forwarded-Host")),
            first_of(request, "X-Forwarded-Uri"), first_of(request, "X-Forwarded-Method")};
}

// A page that a person looks at, and no call of a script or a program: those are told 401.
bool is_for_a_person(const http::Request& request, const Original& original) {
    if (original.method != "GET" && original.method != "HEAD") return false;
    const auto mode = request.find("Sec-Fetch-Mode");
    return (!mode || *mode == "navigate") && !request.find("X-Requested-With") && http::wants_page(request);
}

// As the client of a code; no client that is registered can be called so.
std::string client_id_of(std::string_view host) { return "proxy/" + std::string(host); }

domain::RegisteredClient client_of(std::string_view host) {
    domain::RegisteredClient client;
    client.id = client_id_of(host);
    client.name = host;
    client.grants = "refresh_token";
    return client;
}

std::string callback_of(std::string_view scheme, std::string_view host) {
    return std::string(scheme).append("://").append(host).append(callback_path);
}

// What the way carries of the cookie that began it.
std::string state_of(std::string_view cookie) { return domain::digest_of_secret(Secret(cookie)); }

struct Services {
    domain::Tokens& tokens;
    domain::Sessions& sessions;
    domain::Authorizations& authorizations;
    domain::IdTokens& id_tokens;
    const std::vector<ProtectRule>& rules;
    const Clock& clock;
    Random& random;
};

struct Person {
    store::Subject account;
    std::string session_id;
};

// By the cookie of this host; else by an access token of Keyhold's. Whatever else stands in the Authorization field is
// the application's business.
std::optional<Person> find_person(const http::Request& request, const Original& original, const Services& services) {
    if (const auto cookie = http::find_cookie(request, session_cookie)) {
        auto found = services.sessions.find_by_token(*cookie);
        if (found && found->session.client_id == client_id_of(original.host))
            return Person{std::move(found->account), std::move(found->session.id)};
    }
    const std::string_view token = bearer_of(request);
    if (token.empty()) return std::nullopt;
    const auto bearer = services.tokens.authenticate(token);
    if (!bearer || !bearer->opens_account) return std::nullopt;
    return Person{*bearer->account, bearer->session ? to_text(*bearer->session) : std::string()};
}

std::string jwt_about(const Person& person, const Original& original, const std::string& scopes,
                      const Services& services) {
    const std::int64_t now = services.clock.now().time_since_epoch().count();
    std::string claims;
    json::Writer out(claims);
    out.begin_object();
    out.member("iss", services.id_tokens.issuer());
    out.member("sub", to_text(person.account.id));
    out.member("aud", "https://" + original.host);
    out.member("iat", now);
    out.member("exp", now + std::int64_t{jwt_lifetime.count()});
    out.member("preferred_username", person.account.username);
    out.member("scope", scopes);
    out.end_object();
    return services.id_tokens.sign_for_proxy(claims);
}

// All of them each time, so that what a client sent under these names never reaches an application. A field holds
// visible ASCII (RFC 9110 §5.5), so a name is percent-encoded.
Verdict pass(const std::optional<Person>& person, const Original& original, const std::string& scopes,
             const Services& services) {
    Verdict verdict;
    const bool is_signed = person && services.id_tokens.can_issue();
    verdict.fields = {{"X-Auth-Subject", person ? to_text(person->account.id) : std::string()},
                      {"X-Auth-User", person ? pages::encoded(person->account.username) : std::string()},
                      {"X-Auth-Scopes", scopes},
                      {"X-Auth-Jwt", is_signed ? jwt_about(*person, original, scopes, services) : std::string()}};
    return verdict;
}

Verdict go_to(int status, std::string location) {
    Verdict verdict{status};
    verdict.fields.emplace_back(status == 401 ? "X-Auth-Location" : "Location", std::move(location));
    return verdict;
}

// By way of Keyhold and back to where the request wanted to go.
Verdict send_to_sign_in(const http::Request& request, const Original& original, const ProxyRow& proxy,
                        const Services& services) {
    if (!is_for_a_person(request, original)) {
        Verdict refused{401};
        refused.fields.emplace_back("WWW-Authenticate", "Bearer");
        return refused;
    }
    std::string bytes(32, '\0');
    services.random.fill({reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()});
    const std::string way = base64url::encode(bytes);
    std::string_view issuer = services.id_tokens.issuer();
    if (issuer.ends_with('/')) issuer.remove_suffix(1);
    Verdict verdict = go_to(proxy.sign_in, std::string(issuer) + "/forward-auth/sign-in?" +
                                               query_of({{"scheme", original.scheme},
                                                         {"host", original.host},
                                                         {"to", original.uri},
                                                         {"state", state_of(way)}}));
    verdict.fields.emplace_back("Set-Cookie", http::set_cookie(way_cookie, way, std::chrono::minutes(10)));
    return verdict;
}

// The browser is back with a code: the host gets its cookie. Who has no cookie of the way is not sent around once more,
// as that would never end where cookies are not kept.
Verdict come_back(const http::Request& request, const Original& original, const Services& services) {
    const auto fields = http::parse_form(original.uri.find('?') == original.uri.npos
                                             ? std::string_view()
                                             : std::string_view(original.uri).substr(original.uri.find('?') + 1));
    const auto get = [&](std::string_view name) -> std::string {
        if (fields)
            for (const auto& [key, value] : *fields)
                if (key == name) return value;
        return {};
    };
    const auto way = http::find_cookie(request, way_cookie);
    // Digests of both, so that the time of the comparison says nothing.
    if (!way || state_of(get("state")) != state_of(state_of(*way)) || plain_path(get("to")).empty())
        return Verdict{403};
    const domain::RegisteredClient client = client_of(original.host);
    const std::string redirect_uri = callback_of(original.scheme, original.host), code = get("code");
    const auto given = services.authorizations.redeem({.code = code,
                                                       .redirect_uri = redirect_uri,
                                                       .verifier = {},
                                                       .client = client,
                                                       .from = {original.host, request.remote_address}});
    if (!given) return Verdict{403};
    Verdict verdict = go_to(303, get("to"));
    verdict.fields.emplace_back("Set-Cookie",
                                http::set_cookie(session_cookie, given->refresh_token.reveal(), given->left));
    verdict.fields.emplace_back("Set-Cookie", http::set_cookie(way_cookie, "", std::chrono::seconds(0)));
    return verdict;
}

Verdict judge(const http::Request& request, const ProxyRow& proxy, const Services& services) {
    const Original original = read_original(request, proxy);
    const std::string path = plain_path(original.uri);
    if (path.empty() || (original.scheme != "https" && original.scheme != "http")) return Verdict{403};
    if (path == callback_path && is_protected_host(services.rules, original.host))
        return come_back(request, original, services);
    const ProtectRule* const rule = find_rule(services.rules, original.host, path);
    if (rule == nullptr) return Verdict{403};
    const auto person = find_person(request, original, services);
    if (!person) {
        if (rule->anybody) return pass(person, original, "", services);
        return send_to_sign_in(request, original, proxy, services);
    }
    const std::string scopes = services.tokens.granted(person->account, rule->scopes);
    if (std::ranges::any_of(rule->scopes, [&](const std::string& scope) { return !store::has_word(scopes, scope); }))
        return Verdict{403};
    return pass(person, original, scopes, services);
}

template <std::size_t row>
Verdict ask(const http::Request& request, domain::Tokens& tokens, domain::Sessions& sessions,
            domain::Authorizations& authorizations, domain::IdTokens& id_tokens, const std::vector<ProtectRule>& rules,
            const Clock& clock, const pages::Site& site) {
    return judge(request, proxies[row], {tokens, sessions, authorizations, id_tokens, rules, clock, site.random});
}

struct Way {
    static constexpr std::string_view schema_name = "ProxyWay";
    std::string scheme, host, to, state;
};
KEYHOLD_FIELDS(Way, (scheme, one_of("https", "http")), (host), (to), (state))

// GET /forward-auth/sign-in: who is signed in at Keyhold goes on with a code, to a host that the operator has named.
Result<pages::Answer> sign_in(const pages::PersonalVisit& visit, const http::Query<Way>& way,
                              domain::Authorizations& authorizations, const std::vector<ProtectRule>& rules) {
    if (!is_protected_host(rules, way->host) || plain_path(way->to).empty() || way->state.size() > 64)
        return Error(errors::invalid_authorization_request, "This is no application that Keyhold protects");
    const std::string redirect_uri = callback_of(way->scheme, way->host);
    const Secret code = authorizations.give({.client_id = client_id_of(way->host),
                                             .account_id = visit.who().account_id(),
                                             .session_id = visit.who().session_id(),
                                             .redirect_uri = redirect_uri,
                                             .scope = {},
                                             .nonce = {},
                                             .code_challenge = {},
                                             .authenticated_at = visit.who().authenticated_at()});
    return pages::Answer{http::Redirect{
        .location = redirect_uri + "?" +
                    query_of({{"code", std::string(code.reveal())}, {"state", way->state}, {"to", way->to}})}};
}

}  // namespace
}  // namespace keyhold::oauth

namespace keyhold::http {

template <>
struct Respond<oauth::Verdict> {
    static void write(Response& response, const oauth::Verdict& verdict) {
        response.status = verdict.status;
        response.media_type = "text/plain; charset=utf-8";
        response.body = verdict.status == 403 ? "Forbidden\n" : verdict.status == 401 ? "Unauthorized\n" : "";
        for (const auto& [name, value] : verdict.fields) response.add_field(name, value);
        response.add_field("Cache-Control", "no-store");
    }
    static void describe(Operation& operation) {
        operation.response_media = "text/plain";
        operation.successes = {200, 303};
    }
};

}  // namespace keyhold::http

namespace keyhold::oauth {

void add_forward_auth_routes(http::Mount& mount, http::Mount& for_people) {
    const http::RouteAbout about{.summary = "Whether a request to an application may pass",
                                 .tag = "forward-auth",
                                 .on = http::On::storing,
                                 .documented = false,
                                 .refusals = {},
                                 .description = {},
                                 .from_other_sites = true};
    // Most ask by GET; Envoy asks by the method of the request.
    using enum http::Method;
    for (const http::Method method : {get, post, put, patch, delete_}) {
        mount.add(method, "/forward-auth/nginx", about, ask<0>);
        mount.add(method, "/forward-auth/traefik", about, ask<1>);
        mount.add(method, "/forward-auth/caddy", about, ask<2>);
        mount.add(method, "/forward-auth/envoy", about, ask<3>);
    }
    for_people.add(
        get, "/forward-auth/sign-in",
        {.summary = "The way to an application", .tag = "forward-auth", .on = http::On::storing, .documented = false},
        sign_in);
}

}  // namespace keyhold::oauth
