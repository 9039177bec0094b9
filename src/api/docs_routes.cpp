// SPDX-License-Identifier: Apache-2.0
// The interactive documentation: Swagger UI, Redoc and the document they show, all from the binary.
#include "api/routes.hpp"
#include "http/routes/assets.hpp"
#include "http/routes/conditional.hpp"

namespace keyhold::api {

// An embedded file in the coding that the client takes, or the news that it has it already.
struct AssetReply {
    const http::Asset* asset;
    bool gzip;
    bool unchanged;
};

// The OpenAPI document. A view: the text stays for as long as the server does.
struct DocumentText {
    std::string_view json;
};

namespace {

// RFC 9110 §12.5.3, as far as one coding needs it: named, and not with a weight of zero.
bool accepts_gzip(const http::Request& request) {
    const std::string_view accepted = request.find("Accept-Encoding").value_or("");
    const std::size_t at = accepted.find("gzip");
    if (at == accepted.npos) return false;
    const std::string_view rest = accepted.substr(at, accepted.find(',', at) - at);
    const std::size_t weight = rest.find("q=");
    // A weight has up to three decimals (RFC 9110 §12.4.2): without a digit other than zero it is zero.
    return weight == rest.npos || rest.find_first_of("123456789", weight) != rest.npos;
}

Result<AssetReply> serve_asset(const http::Request& request) {
    for (const http::Asset& asset : http::assets()) {
        // There are a dozen files, and each has a route of its own, so that a search through all of them costs little.
        if (asset.path != request.path) continue;
        const bool gzip = accepts_gzip(request) && !asset.gzip.empty();
        const std::string_view etag = gzip ? asset.gzip_etag : asset.etag;
        return AssetReply{&asset, gzip, http::has_it_already(request, etag)};
    }
    return errors::not_found;
}

Result<DocumentText> openapi(const OpenApiDocument& document) { return DocumentText{document.json()}; }

}  // namespace
}  // namespace keyhold::api

namespace keyhold::http {

template <>
struct Respond<api::AssetReply> {
    static void write(Response& response, const api::AssetReply& reply) {
        const Asset& asset = *reply.asset;
        response.add_field("ETag", reply.gzip ? asset.gzip_etag : asset.etag);
        // So that a cache does not give the compressed answer to a client that cannot read it (RFC 9110 §12.5.5).
        response.add_field("Vary", "Accept-Encoding");
        // Files whose path holds a digest of their content are kept for a year (`immutable`: RFC 8246). Pages have the
        // same path in every version of Keyhold, so browsers ask again each time and mostly get a 304.
        response.add_field("Cache-Control", asset.is_lasting ? "public, max-age=31536000, immutable" : "no-cache");
        if (!asset.content_security_policy.empty()) {
            response.add_field("Content-Security-Policy", asset.content_security_policy);
            response.add_field("Referrer-Policy", "no-referrer");
        }
        if (reply.unchanged) {
            response.status = 304;
            return;
        }
        response.media_type = asset.media_type;
        if (reply.gzip) response.add_field("Content-Encoding", "gzip");
        response.static_body = reply.gzip ? asset.gzip : asset.plain;
    }
    static void describe(Operation&) {}
};

template <>
struct Respond<api::DocumentText> {
    static void write(Response& response, const api::DocumentText& document) {
        response.media_type = "application/json";
        response.body = document.json;
    }
    static void describe(Operation&) {}
};

}  // namespace keyhold::http

namespace keyhold::api {

void add_docs_routes(http::Mount& mount) {
    for (const http::Asset& asset : http::assets())
        mount.add(http::Method::get, asset.path, {.summary = "Documentation", .tag = "docs", .documented = false},
                  serve_asset);
    mount.add(http::Method::get, "/openapi.json",
              {.summary = "The OpenAPI document", .tag = "docs", .documented = false}, openapi);
}

}  // namespace keyhold::api
