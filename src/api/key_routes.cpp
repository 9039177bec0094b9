// SPDX-License-Identifier: Apache-2.0
// The public keys, for whoever verifies our tokens on their own (RFC 7517 §5).
#include "api/routes.hpp"
#include "http/routes/conditional.hpp"

namespace keyhold::api {
namespace {

// The JWK Set, or the news that the client has it already (304, RFC 9110 §15.4.5).
struct KeySetText {
    std::string_view json;  // of this thread's snapshot
    std::string_view etag;
    bool unchanged;
    std::chrono::seconds max_age;
};

// GET /.well-known/jwks.json, on the I/O thread. The views point into this thread's snapshot, which stays as it is
// until this thread asks again, and by then the answer is written.
Result<KeySetText> public_keys(const http::Request& request, const PublicKeys& keys) {
    const domain::PublishedKeys& published = keys.now();
    return KeySetText{published.json, published.etag, http::has_it_already(request, published.etag), keys.max_age};
}

}  // namespace
}  // namespace keyhold::api

namespace keyhold::http {

template <>
struct Respond<api::KeySetText> {
    static void write(Response& response, const api::KeySetText& keys) {
        response.add_field("Cache-Control", "public, max-age=" + std::to_string(keys.max_age.count()));
        response.add_field("ETag", keys.etag);
        // Cache-Control and ETag stand in a 304 too (RFC 9110 §15.4.5).
        if (keys.unchanged) {
            response.status = 304;
            return;
        }
        response.media_type = "application/jwk-set+json";
        response.body = keys.json;
    }
    static void describe(Operation& operation) {
        // Described by hand, because the answer is a text that was written when the keys last changed.
        operation.response_schema = "JwkSet";
        operation.response_media = "application/jwk-set+json";
        operation.schemas.emplace(
            "JwkSet",
            R"({"type":"object","title":"JWK Set","required":["keys"],)"
            R"("properties":{"keys":{"type":"array","description":"RFC 7517, section 4","items":{"type":"object"}}}})");
    }
};

}  // namespace keyhold::http

namespace keyhold::api {

void add_key_routes(http::Mount& mount) {
    mount.add(http::Method::get, "/.well-known/jwks.json",
              {.summary = "The public keys (JWK Set)",
               .tag = "keys",
               .description = "What verifies our tokens elsewhere (RFC 7517). Keep it for as long as Cache-Control "
                              "says, and ask again at a `kid` that you do not know. Empty where a shared SECRET_KEY "
                              "signs."},
              public_keys);
}

}  // namespace keyhold::api
