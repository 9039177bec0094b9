// The public keys, for whoever verifies our tokens on their own (RFC 7517 §5).
#include "api/routes.hpp"

namespace keyhold::api {
namespace {

struct KeySetText {
    std::string_view json;
};

Result<KeySetText> public_keys(const PublicKeys& keys) { return KeySetText{keys.json}; }

}  // namespace
}  // namespace keyhold::api

namespace keyhold::http {

template <>
struct Respond<api::KeySetText> {
    static void write(Response& response, const api::KeySetText& keys) {
        response.media_type = "application/jwk-set+json";
        response.add_field("Cache-Control", "public, max-age=300");
        response.body = keys.json;
    }
    static void describe(Operation& operation) {
        operation.response_schema = "JwkSet";
        operation.response_media = "application/jwk-set+json";
        operation.schemas.emplace("JwkSet", R"({"type":"object","title":"JWK Set","required":["keys"],)"
                                            R"("properties":{"keys":{"type":"array","items":{"type":"object"}}}})");
    }
};

}  // namespace keyhold::http

namespace keyhold::api {

void add_key_routes(http::Mount<Services>& mount) {
    mount.add(http::Method::get, "/.well-known/jwks.json", {.summary = "The public keys (JWK Set)", .tag = "keys"},
              public_keys);
}

}  // namespace keyhold::api
