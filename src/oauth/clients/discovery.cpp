// SPDX-License-Identifier: Apache-2.0
// The document that says where everything is (RFC 8414, OpenID Connect Discovery 1.0).
#include <algorithm>

#include "base/json.hpp"
#include "domain/accounts/profiles.hpp"
#include "domain/clients/client_assertions.hpp"
#include "domain/clients/registered_clients.hpp"
#include "domain/clients/request_objects.hpp"
#include "domain/keys/id_tokens.hpp"
#include "http/parameters.hpp"
#include "oauth/clients/grant.hpp"
#include "oauth/response_type.hpp"
#include "oauth/routes.hpp"
#include "oauth/settings.hpp"

namespace keyhold::oauth {
namespace {

// The document and for how long others may keep it.
struct DiscoveryText {
    std::string json;
    std::chrono::seconds max_age;
};

template <class Values>
void list(json::Writer& out, std::string_view name, const Values& values) {
    out.name(name);
    out.begin_array();
    for (const auto& value : values) out.value(value);
    out.end_array();
}

// How a client proves its secret (RFC 7591 §2), and that it has none.
constexpr std::array<std::string_view, 4> any_client{"none", "client_secret_basic", "client_secret_post",
                                                     "private_key_jwt"};
constexpr std::array<std::string_view, 3> with_proof{"client_secret_basic", "client_secret_post", "private_key_jwt"};

// There is one kind of subject, one way of PKCE (RFC 7636 §4.2; `plain` protects nothing) and one level of
// authentication.
constexpr std::array<std::string_view, 1> subject_types{"public"}, challenge_methods{"S256"},
    acr_values{domain::one_factor}, claim_types{"normal"};
// `fragment` comes with the implicit grant alone, so the second one is left out without it.
constexpr std::array<std::string_view, 2> response_modes{"query", "fragment"};
constexpr std::array<std::string_view, 4> prompts{"none", "login", "select_account", "consent"};

// Those of ID tokens and of /oauth/userinfo; in front of what a profile may hold.
constexpr std::array<std::string_view, 14> claims_of_tokens{"sub",
                                                            "iss",
                                                            "aud",
                                                            "exp",
                                                            "iat",
                                                            "auth_time",
                                                            "nonce",
                                                            "sid",
                                                            "acr",
                                                            "amr",
                                                            "email",
                                                            "email_verified",
                                                            "preferred_username",
                                                            "updated_at"};

// The members of a profile come from its own table, so that a new one is announced at once.
std::vector<std::string_view> claims() {
    std::vector<std::string_view> names(claims_of_tokens.begin(), claims_of_tokens.end());
    for_each_field<domain::Profile>([&](const auto& field) { names.push_back(field.name); });
    return names;
}

// RFC 8414 §2, and nothing that we do not do (docs/decisions/0010-discovery-says-what-is-so.md).
Result<DiscoveryText> discover(const Discovery& discovery, const Settings& settings) {
    if (discovery.issuer.empty() || !discovery.has_public_keys)
        return Error(errors::not_found, discovery.has_public_keys
                                            ? "Nobody knows by which URL we are reached: set `issuer`"
                                            : "Tokens are signed with a shared secret: there is nothing to discover");
    // Discovery 1.0 §4.1: "any terminating / MUST be removed" before a path is appended.
    std::string_view base = discovery.issuer;
    if (base.ends_with('/')) base.remove_suffix(1);
    const auto at = [&](std::string_view path) { return std::string(base).append(path); };
    std::vector<std::string_view> grant_types;
    // From the table itself, so that a grant that is added is announced.
    for (const Grant& grant : grants()) grant_types.push_back(grant.name);
    if (settings.implicit) grant_types.push_back(domain::implicit_grant);
    std::vector<std::string_view> types;
    for (const ResponseTypeRow& row : response_types)
        if (settings.implicit || row.grant != domain::implicit_grant) types.push_back(row.name);
    DiscoveryText text{{}, discovery.max_age};
    json::Writer out(text.json);
    // The order is ours: RFC 8414 asks for none. What is absent has a default there, which is written out where it is
    // not ours.
    out.begin_object();
    out.member("issuer", discovery.issuer);
    out.member("jwks_uri", at("/.well-known/jwks.json"));
    out.member("token_endpoint", at("/oauth/token"));
    list(out, "token_endpoint_auth_methods_supported", any_client);
    list(out, "token_endpoint_auth_signing_alg_values_supported", domain::client_assertion_algorithms());
    list(out, "grant_types_supported", grant_types);
    out.member("authorization_endpoint", at("/oauth/authorize"));
    out.member("pushed_authorization_request_endpoint", at("/oauth/par"));
    out.member("device_authorization_endpoint", at("/oauth/device"));
    out.member("authorization_response_iss_parameter_supported", true);  // RFC 9207 §3
    list(out, "response_types_supported", types);
    list(out, "response_modes_supported", std::span(response_modes).first(settings.implicit ? 2 : 1));
    list(out, "code_challenge_methods_supported", challenge_methods);
    out.member("backchannel_logout_supported", true);
    out.member("backchannel_logout_session_supported", true);
    out.member("end_session_endpoint", at("/oauth/end-session"));
    out.member("userinfo_endpoint", at("/oauth/userinfo"));
    if (!settings.scopes_supported.empty()) list(out, "scopes_supported", settings.scopes_supported);
    list(out, "claims_supported", claims());
    list(out, "claim_types_supported", claim_types);
    out.member("claims_parameter_supported", true);
    out.member("request_parameter_supported", settings.request_objects);
    out.member("request_uri_parameter_supported", settings.request_objects);  // absent means true
    if (settings.request_objects) {
        out.member("require_request_uri_registration", true);
        list(out, "request_object_signing_alg_values_supported", domain::request_object_algorithms());
    }
    list(out, "prompt_values_supported", prompts);
    list(out, "subject_types_supported", subject_types);
    list(out, "id_token_signing_alg_values_supported", domain::id_token_algorithms);
    list(out, "userinfo_signing_alg_values_supported", domain::id_token_algorithms);
    list(out, "acr_values_supported", acr_values);
    out.member("revocation_endpoint", at("/oauth/revoke"));
    list(out, "revocation_endpoint_auth_methods_supported", any_client);
    // RFC 8414 §2 has members of their own for each endpoint at which a client proves itself.
    list(out, "revocation_endpoint_auth_signing_alg_values_supported", domain::client_assertion_algorithms());
    out.member("introspection_endpoint", at("/oauth/introspect"));
    list(out, "introspection_endpoint_auth_methods_supported", with_proof);
    list(out, "introspection_endpoint_auth_signing_alg_values_supported", domain::client_assertion_algorithms());
    out.member("revocation_feed_endpoint", at("/events/revocations"));  // ours: docs/revocations.md
    if (settings.registration == "open") out.member("registration_endpoint", at("/oauth/clients"));
    out.end_object();
    return text;
}

// RFC 8414 §3.1: where an issuer has a path, the well-known name stands between its host and that path. The other way
// round, below the path, a proxy sends us what it is asked for.
Result<DiscoveryText> discover_by_path(const http::Request& request, const Discovery& discovery,
                                       const Settings& settings) {
    std::string_view rest = discovery.issuer;
    const std::size_t authority = rest.find("://");
    rest.remove_prefix(authority == rest.npos ? rest.size() : authority + 3);
    // What is left is the issuer's path.
    rest.remove_prefix(std::min(rest.find('/'), rest.size()));
    if (rest.ends_with('/')) rest.remove_suffix(1);
    const std::size_t behind_name = request.path.find('/', std::string_view("/.well-known/").size());
    if (rest.empty() || request.path.substr(behind_name) != rest) return errors::not_found;
    return discover(discovery, settings);
}

}  // namespace
}  // namespace keyhold::oauth

namespace keyhold::http {

template <>
struct Respond<oauth::DiscoveryText> {
    static void write(Response& response, const oauth::DiscoveryText& discovery) {
        response.media_type = "application/json";
        response.add_field("Cache-Control", "public, max-age=" + std::to_string(discovery.max_age.count()));
        response.body = discovery.json;
    }
    static void describe(Operation& operation) {
        operation.response_schema = "Discovery";
        operation.schemas.emplace(
            "Discovery",
            R"({"type":"object","title":"Discovery","required":["issuer","jwks_uri"],)"
            R"("properties":{"issuer":{"type":"string",)"
            R"("description":"Who issues the tokens: a URL, compared as it stands"},)"
            R"("jwks_uri":{"type":"string","description":"Where the public keys are that verify the tokens"}}})");
        operation.refusals.push_back(errors::not_found);
    }
};

}  // namespace keyhold::http

namespace keyhold::oauth {

// Both names answer the same document: clients of OpenID Connect ask for the first, clients of OAuth alone for the
// second. Paths of up to four segments cover issuers below a path.
void add_discovery_routes(http::Mount& mount) {
    using enum http::Method;
    mount.add(get, "/.well-known/openid-configuration",
              {.summary = "Where everything is (OpenID Connect Discovery)",
               .tag = "keys",
               .description = "What this server can do, for clients (OpenID Connect Discovery 1.0)."},
              discover);
    mount.add(get, "/.well-known/oauth-authorization-server",
              {.summary = "Where everything is (RFC 8414)", .tag = "keys", .description = "The same by RFC 8414."},
              discover);
    for (const std::string_view name :
         {"/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"}) {
        std::string pattern(name);
        for (const std::string_view segment : {"/{a}", "/{b}", "/{c}", "/{d}"}) {
            pattern += segment;
            mount.add(get, pattern,
                      {.summary = "The same of an issuer with a path (RFC 8414)", .tag = "keys", .documented = false},
                      discover_by_path);
        }
    }
}

}  // namespace keyhold::oauth
