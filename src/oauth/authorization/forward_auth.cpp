// SPDX-License-Identifier: Apache-2.0
// /forward-auth/{nginx,traefik,caddy,envoy}: a proxy asks whether a request to an application may pass, and who sends
// it. /forward-auth/sign-in and /.keyhold/callback: the way of a browser to Keyhold and back, on which the
// application's host gets a cookie of its own (docs/forward-auth.md, docs/decisions/0091-forward-auth.md).
#include <algorithm>
#include <array>
#include <utility>

#include "base/base64url.hpp"
#include "base/ip_address.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "domain/accounts/levels.hpp"
#include "domain/accounts/roles.hpp"
#include "domain/clients/authorizations.hpp"
#include "domain/keys/id_tokens.hpp"
#include "http/bearer.hpp"
#include "http/connection/accept.hpp"
#include "http/routes/session_cookies.hpp"
#include "oauth/authorization/authorization_request.hpp"
#include "oauth/authorization/protect_rules.hpp"
#include "oauth/errors.hpp"
#include "oauth/routes.hpp"
#include "pages/own_path.hpp"
#include "pages/visit.hpp"

namespace keyhold::oauth {

// What a proxy makes of it: 2xx lets the request pass. `why` is for whoever sets the proxy up; empty: the status says
// it.
struct Verdict {
    int status = 200;
    std::string why = {};
    std::vector<std::pair<std::string_view, std::string>> fields = {};
};

namespace {

constexpr std::string_view session_cookie = "__Host-keyhold-proxy", way_cookie = "__Host-keyhold-way";
constexpr std::string_view callback_path = "/.keyhold/callback";
constexpr std::chrono::seconds jwt_lifetime{60};

// What the browser asked the proxy for.
struct Original {
    std::string scheme, host, uri, method;
};

// A field that is there twice counts as absent: one of the two may be what a client sent.
std::string first_of(const http::Request& request, std::string_view name) {
    return std::string(request.count(name) == 1 ? request.find(name).value_or("") : std::string_view());
}

Original from_forwarded_fields(const http::Request& request) {
    return {ascii_lower(first_of(request, "X-Forwarded-Proto")), ascii_lower(first_of(request, "X-Forwarded-Host")),
            first_of(request, "X-Forwarded-Uri"), first_of(request, "X-Forwarded-Method")};
}

// Envoy has no fields for it: it keeps Host and the method, and puts the path behind "original=".
Original from_request_itself(const http::Request& request) {
    constexpr std::string_view before = "original=";
    const std::string_view query = request.query;
    // Envoy tells no scheme; it is taken to serve browsers by TLS.
    return {"https", ascii_lower(first_of(request, "Host")),
            std::string(query.starts_with(before) ? query.substr(before.size()) : ""),
            std::string(http::name_of(request.method))};
}

// How each proxy says what it was asked for, and how it is told that somebody has to sign in: nginx knows 401 and 403
// alone, and its configuration makes a redirect of the first (docs/forward-auth.md); the others hand on what we answer.
struct ProxyRow {
    std::string_view path;
    int sign_in;
    Original (*read_original)(const http::Request& request);
};
constexpr std::array proxies{ProxyRow{"/forward-auth/nginx", 401, from_forwarded_fields},
                             ProxyRow{"/forward-auth/traefik", 303, from_forwarded_fields},
                             ProxyRow{"/forward-auth/caddy", 303, from_forwarded_fields},
                             ProxyRow{"/forward-auth/envoy", 303, from_request_itself}};

// A page that a person looks at, and no call of a script or a program: those are told 401.
bool is_for_a_person(const http::Request& request, const Original& original) {
    if (original.method != "GET" && original.method != "HEAD") return false;
    // https://www.w3.org/TR/fetch-metadata/: "navigate" is what a browser says of a page that it goes to.
    const auto mode = request.find("Sec-Fetch-Mode");
    return (!mode || *mode == "navigate") && !request.find("X-Requested-With") && http::wants_page(request);
}

// As the client of a code; no client that is registered can be called so.
std::string client_id_of(std::string_view host) { return "proxy/" + std::string(host); }

domain::RegisteredClient client_of(std::string_view host) {
    domain::RegisteredClient client;
    client.id = client_id_of(host);
    client.name = host;
    // So that redeem() keeps the refresh token, which becomes the host's cookie.
    client.grants = "refresh_token";
    return client;
}

std::string callback_of(std::string_view scheme, std::string_view host) {
    return std::string(scheme).append("://").append(host).append(callback_path);
}

// What the way carries of the cookie that began it.
// A digest: whoever reads the way's address (a log, a referrer) does not learn the cookie.
std::string state_of(std::string_view cookie) { return domain::digest_of_secret(Secret(cookie)); }

// Where a browser goes on to: a path, and a query that may stand in a field (RFC 9110 §5.5). What is refused has to be
// refused before a code is used up for it.
bool is_way_to(std::string_view uri) { return !plain_path(uri).empty() && !has_ascii_control(uri); }

struct ForwardServices {
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
    // The rights of the token that was sent; null: the token has none. Not set for a request with the host's own
    // cookie, which may do all that the account may.
    std::optional<std::shared_ptr<const Rights>> rights = {};
};

// By the cookie of this host.
std::optional<Person> find_by_cookie(const http::Request& request, const Original& original,
                                     domain::Sessions& sessions) {
    const auto cookie = http::find_cookie(request, session_cookie);
    // Only the cookie of this very host: one that an application has stolen opens no other.
    auto found = cookie ? sessions.find_by_token(*cookie) : std::nullopt;
    if (!found || found->session.client_id != client_id_of(original.host)) return std::nullopt;
    return Person{std::move(found->account)};
}

// By the cookie; else by an access token of Keyhold's. Whatever else stands in the Authorization field is the
// application's business.
std::optional<Person> find_person(const http::Request& request, const Original& original,
                                  const ForwardServices& services) {
    if (auto person = find_by_cookie(request, original, services.sessions)) return person;
    const auto token = http::bearer_token(request);
    if (!token || token->empty()) return std::nullopt;
    const auto bearer = services.tokens.authenticate(*token);
    // A token of an OAuth client is for what its scopes say. None of them is about web sites, keyhold:account neither:
    // the application would take the client for the person.
    if (!bearer || bearer->is_of_client) return std::nullopt;
    return Person{*bearer->account, bearer->rights};
}

// Those of the rule's scopes that they have.
std::string scopes_of(const Person& person, const ProtectRule& rule, domain::Tokens& tokens) {
    if (!person.rights) return tokens.granted(person.account, rule.scopes);
    return *person.rights ? domain::text_of(domain::limited(**person.rights, rule.scopes).scopes) : std::string();
}

std::string jwt_about(const Person& person, const Original& original, const std::string& scopes,
                      const ForwardServices& services) {
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
             const ForwardServices& services) {
    Verdict verdict;
    const bool is_signed = person && services.id_tokens.can_issue();
    verdict.fields = {{"X-Auth-Subject", person ? to_text(person->account.id) : std::string()},
                      {"X-Auth-User", person ? pages::encoded(person->account.username) : std::string()},
                      {"X-Auth-Scopes", scopes},
                      {"X-Auth-Jwt", is_signed ? jwt_about(*person, original, scopes, services) : std::string()}};
    return verdict;
}

Verdict forbidden(std::string why = {}) { return {.status = 403, .why = std::move(why)}; }

std::string no_proxy_of_ours(const http::Request& request) {
    const std::string peer(IpAddress::parse(request.remote_address) ? request.remote_address : "unix");
    return "Proxies ask here, and " + peer + " is not in the setting trusted_proxies";
}

Verdict go_to(int status, std::string location) {
    Verdict verdict{.status = status};
    verdict.fields.emplace_back(status == 401 ? "X-Auth-Location" : "Location", std::move(location));
    return verdict;
}

// The cookie of the way. Another tab may be on its way with the one that is there: a new one in its place would have
// that tab refused when it comes back.
std::string way_of(const http::Request& request, Random& random) {
    constexpr std::size_t size = 32;
    const auto sent = http::find_cookie(request, way_cookie);
    if (const auto bytes = sent ? base64url::decode(*sent) : std::nullopt; bytes && bytes->size() == size)
        return std::string(*sent);
    std::string bytes(size, '\0');
    random.fill({reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()});
    return base64url::encode(bytes);
}

// By way of Keyhold and back to where the request wanted to go.
Verdict send_to_sign_in(const http::Request& request, const Original& original, const ProxyRow& proxy,
                        const ForwardServices& services) {
    if (!is_for_a_person(request, original)) {
        Verdict refused{.status = 401};
        refused.fields.emplace_back("WWW-Authenticate", R"(Bearer realm="keyhold")");  // RFC 6750 §3
        return refused;
    }
    const std::string way = way_of(request, services.random);
    std::string_view issuer = services.id_tokens.issuer();
    if (issuer.ends_with('/')) issuer.remove_suffix(1);
    Verdict verdict = go_to(proxy.sign_in, std::string(issuer) + "/forward-auth/sign-in?" +
                                               query_of({{"scheme", original.scheme},
                                                         {"host", original.host},
                                                         {"to", original.uri},
                                                         {"state", state_of(way)}}));
    // Ten minutes to sign in.
    verdict.fields.emplace_back("Set-Cookie", http::set_cookie(way_cookie, way, std::chrono::minutes(10)));
    return verdict;
}

// The browser is back with a code: the host gets its cookie. Who has no cookie of the way is not sent around once more,
// as that would never end where cookies are not kept.
Verdict come_back(const http::Request& request, const Original& original, const ForwardServices& services) {
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
    // Another tab was first: the host has its cookie, and this code is not needed. The address alone signs nobody in.
    if (!way && is_way_to(get("to")) && find_by_cookie(request, original, services.sessions))
        return go_to(303, get("to"));
    // Digests of both, so that the time of the comparison says nothing.
    if (!way || state_of(get("state")) != state_of(state_of(*way)) || !is_way_to(get("to"))) return forbidden();
    const domain::RegisteredClient client = client_of(original.host);
    const std::string redirect_uri = callback_of(original.scheme, original.host), code = get("code");
    const auto given = services.authorizations.redeem({.code = code,
                                                       .redirect_uri = redirect_uri,
                                                       .verifier = {},
                                                       .client = client,
                                                       .from = {original.host, request.remote_address}});
    if (!given) return forbidden();
    // Without the code in the address, which is used up and would stay in the history.
    Verdict verdict = go_to(303, get("to"));
    verdict.fields.emplace_back("Set-Cookie",
                                http::set_cookie(session_cookie, given->refresh_token.reveal(), given->left));
    verdict.fields.emplace_back("Set-Cookie", http::set_cookie(way_cookie, "", std::chrono::seconds(0)));
    return verdict;
}

Verdict judge(const http::Request& request, const ProxyRow& proxy, const ForwardServices& services) {
    // A request that came past the proxy could name any address and any person, so it is refused.
    if (!request.by_proxy) return forbidden(no_proxy_of_ours(request));
    const Original original = proxy.read_original(request);
    const std::string path = plain_path(original.uri);
    // A path that two readers may understand differently: the application might see another one than the rule.
    if (path.empty() || !is_protected_host(services.rules, original.scheme, original.host)) return forbidden();
    if (path == callback_path) return come_back(request, original, services);
    const ProtectRule* const rule = find_rule(services.rules, original.host, path);
    if (rule == nullptr) return forbidden();
    const auto person = find_person(request, original, services);
    if (!person) {
        if (rule->anybody) return pass(person, original, "", services);
        return send_to_sign_in(request, original, proxy, services);
    }
    const std::string scopes = scopes_of(*person, *rule, services.tokens);
    if (std::ranges::any_of(rule->scopes, [&](const std::string& scope) { return !store::has_word(scopes, scope); }))
        return forbidden();
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
    if (visit.who().is_limited()) return errors::limited_session;
    if (!is_protected_host(rules, way->scheme, way->host) || !is_way_to(way->to) || way->state.size() > 64)
        return Error(errors::invalid_authorization_request, "This is no application that Keyhold protects");
    const std::string redirect_uri = callback_of(way->scheme, way->host);
    const Secret code = authorizations.give({.client_id = client_id_of(way->host),
                                             .account_id = visit.who().account_id(),
                                             .session_id = visit.who().session_id(),
                                             .redirect_uri = redirect_uri,
                                             // The host gets no scope: what a person may see is asked of the rule at
                                             // each request.
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
        if (!verdict.why.empty()) response.body = verdict.why + "\n";
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
    for (const http::Method method : {get, post, put, patch, delete_})
        [&]<std::size_t... row>(std::index_sequence<row...>) {
            (mount.add(method, proxies[row].path, about, ask<row>), ...);
        }
    (std::make_index_sequence<proxies.size()>());
    for_people.add(
        get, "/forward-auth/sign-in",
        {.summary = "The way to an application", .tag = "forward-auth", .on = http::On::storing, .documented = false},
        sign_in);
}

}  // namespace keyhold::oauth
