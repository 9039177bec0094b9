// The public keys, for whoever verifies our tokens on their own (RFC 7517 §5), and the document that says where they
// are (RFC 8414, OpenID Connect Discovery 1.0).
#include "api/routes.hpp"
#include "http/conditional.hpp"

namespace keyhold::api {
namespace {

struct KeySetText {
    std::string_view json;  // of this thread's snapshot
    std::string_view etag;
    bool unchanged;
    std::chrono::seconds max_age;
};

void let_keep(http::Response& response, std::chrono::seconds max_age) {
    response.add_field("Cache-Control", "public, max-age=" + std::to_string(max_age.count()));
}

Result<KeySetText> public_keys(const http::Request& request, const PublicKeys& keys) {
    const domain::PublishedKeys& published = keys.now();
    return KeySetText{published.json, published.etag, http::has_it_already(request, published.etag), keys.max_age};
}

struct DiscoveryText {
    std::string json;
    std::chrono::seconds max_age;
};

void list(json::Writer& out, std::string_view name, std::initializer_list<std::string_view> values) {
    out.name(name);
    out.begin_array();
    for (const std::string_view value : values) out.value(value);
    out.end_array();
}

// RFC 8414 §2, and nothing that we do not do (docs/decisions/0010-discovery-says-what-is-so.md).
Result<DiscoveryText> discover(const Discovery& discovery, const PublicKeys& keys) {
    if (discovery.issuer.empty() || !discovery.has_public_keys)
        return Error(Errc::not_found, discovery.has_public_keys
                                          ? "Nobody knows by which URL we are reached: set `issuer`"
                                          : "Tokens are signed with a shared secret: there is nothing to discover");
    // Discovery 1.0 §4.1: "any terminating / MUST be removed" before a path is appended.
    std::string_view base = discovery.issuer;
    if (base.ends_with('/')) base.remove_suffix(1);
    const auto at = [&](std::string_view path) { return std::string(base).append(path); };
    DiscoveryText text{{}, keys.max_age};
    json::Writer out(text.json);
    out.begin_object();
    out.member("issuer", discovery.issuer);
    out.member("jwks_uri", at("/.well-known/jwks.json"));
    out.member("token_endpoint", at("/login"));
    out.member("introspection_endpoint", at("/introspect"));
    out.member("revocation_endpoint", at("/revoke"));
    list(out, "grant_types_supported", {"password"});
    list(out, "token_endpoint_auth_methods_supported", {"none"});
    list(out, "introspection_endpoint_auth_methods_supported", {"client_secret_basic", "client_secret_post"});
    list(out, "revocation_endpoint_auth_methods_supported", {"client_secret_basic", "client_secret_post"});
    out.end_object();
    return text;
}

}  // namespace
}  // namespace keyhold::api

namespace keyhold::http {

template <>
struct Respond<api::KeySetText> {
    static void write(Response& response, const api::KeySetText& keys) {
        api::let_keep(response, keys.max_age);
        response.add_field("ETag", keys.etag);
        if (keys.unchanged) {
            response.status = 304;
            return;
        }
        response.media_type = "application/jwk-set+json";
        response.body = keys.json;
    }
    static void describe(Operation& operation) {
        operation.response_schema = "JwkSet";
        operation.response_media = "application/jwk-set+json";
        operation.schemas.emplace("JwkSet", R"({"type":"object","title":"JWK Set","required":["keys"],)"
                                            R"("properties":{"keys":{"type":"array","items":{"type":"object"}}}})");
    }
};

template <>
struct Respond<api::DiscoveryText> {
    static void write(Response& response, const api::DiscoveryText& discovery) {
        response.media_type = "application/json";
        api::let_keep(response, discovery.max_age);
        response.body = discovery.json;
    }
    static void describe(Operation& operation) {
        operation.response_schema = "Discovery";
        operation.schemas.emplace("Discovery",
                                  R"({"type":"object","title":"Discovery","required":["issuer","jwks_uri"],)"
                                  R"("properties":{"issuer":{"type":"string"},"jwks_uri":{"type":"string"}}})");
        operation.refusals.push_back(Errc::not_found);
    }
};

}  // namespace keyhold::http

namespace keyhold::api {

void add_key_routes(http::Mount& mount) {
    using enum http::Method;
    mount.add(get, "/.well-known/jwks.json", {.summary = "The public keys (JWK Set)", .tag = "keys"}, public_keys);
    mount.add(get, "/.well-known/openid-configuration",
              {.summary = "Where everything is (OpenID Connect Discovery)", .tag = "keys"}, discover);
    mount.add(get, "/.well-known/oauth-authorization-server",
              {.summary = "Where everything is (RFC 8414)", .tag = "keys"}, discover);
}

}  // namespace keyhold::api
