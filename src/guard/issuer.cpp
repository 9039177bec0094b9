// SPDX-License-Identifier: Apache-2.0
#include "guard/issuer.hpp"

#include <array>

#include "base/json.hpp"
#include "jose/errors.hpp"
#include "jose/key_text.hpp"

namespace keyhold::guard {
namespace {

// Where the document of an issuer may be. Discovery 1.0 §4.1 appends to the path, from which "any terminating / MUST be
// removed"; RFC 8414 §3.1 puts it between the host and the path.
std::array<std::string, 2> discovery_urls(const net::Url& issuer) {
    std::string path = issuer.path;
    if (path.ends_with('/')) path.pop_back();
    return {issuer.origin + path + "/.well-known/openid-configuration",
            issuer.origin + "/.well-known/oauth-authorization-server" + path};
}

// Longer ones are no sentence for a log.
constexpr std::size_t longest_detail = 300;

// The reason that the issuer gives for its refusal (RFC 9457 §3.1.4), as JSON, so that it cannot begin a line of a log;
// empty if it gives none. We sent no secret, so the answer repeats none.
std::string reason_in(std::string_view body) {
    json::Document document;
    const auto root = document.parse(body);
    const auto detail = root && root->is_object() ? root->find("detail") : std::nullopt;
    const auto text = detail ? detail->string() : std::nullopt;
    if (!text || text->empty() || text->size() > longest_detail) return {};
    std::string reason = ": ";
    json::append_string(reason, *text);
    return reason;
}

std::string get(net::HttpsClient& client, const net::Url& url) {
    net::HttpsAnswer answer = client.get(url);
    if (answer.status >= 300 && answer.status < 400)
        // Followed, it could lead to the keys of somebody else.
        throw BadAnswer(url.text + ": a redirect, which is not followed; give the URL where it leads");
    if (answer.status != 200)
        throw BadAnswer(url.text + ": status " + std::to_string(answer.status) + reason_in(answer.body));
    return std::move(answer.body);
}

std::optional<net::Url> endpoint(const json::Value& document, const char* name, const net::Url& issuer,
                                 net::PlainHttp plain_http) {
    const auto member = document.find(name);
    if (!member) return std::nullopt;
    if (!member->string()) throw BadAnswer(issuer.text + ": " + name + " is not a string");
    auto url = net::parse_url(*member->string(), plain_http);
    if (!url) throw BadAnswer(issuer.text + ": " + name + " is " + std::string(url.error().detail()));
    // Otherwise an issuer far away could have us ask what listens on this machine alone.
    if (issuer.scheme == "https" && url->scheme != "https")
        throw BadAnswer(issuer.text + ": " + name + " is not https, and the issuer is");
    return std::move(*url);
}

Endpoints read_discovery(std::string_view text, const net::Url& issuer, net::PlainHttp plain_http) {
    json::Document document;
    const auto root = document.parse(text);
    if (!root || !root->is_object())
        throw BadAnswer(issuer.text + ": its discovery document is " + std::string(jose::kind_of_key_text(text).name));
    const auto named = root->find("issuer");
    // RFC 8414 §3.3: "MUST be identical"; else one issuer could speak for another.
    if (!named || named->string() != issuer.text)
        throw BadAnswer(issuer.text + ": its discovery document names another issuer (even a / at the end counts)");
    return {endpoint(*root, "jwks_uri", issuer, plain_http),
            endpoint(*root, "introspection_endpoint", issuer, plain_http),
            endpoint(*root, "revocation_feed_endpoint", issuer, plain_http)};
}

}  // namespace

Endpoints discover(net::HttpsClient& client, const net::Url& issuer, net::PlainHttp plain_http) {
    const auto urls = discovery_urls(issuer);
    const auto ask = [&](const std::string& url) {
        return read_discovery(get(client, net::parse_url(url, plain_http).value()), issuer, plain_http);
    };
    try {
        return ask(urls[0]);
        // An issuer that cannot be reached is not asked twice: net::Unreachable goes through.
    } catch (const BadAnswer& first) {
        try {
            return ask(urls[1]);
        } catch (const BadAnswer&) {
            // The first answer says more: most issuers have the first document.
            throw first;
        }
    }
}

std::string fetch_keys(net::HttpsClient& client, const net::Url& url) { return get(client, url); }

std::string fetch_revocations(net::HttpsClient& client, const net::Url& url, std::optional<std::int64_t> after,
                              std::chrono::seconds wait) {
    net::Url asked = url;
    asked.text += "?wait=" + std::to_string(wait.count());
    if (after) asked.text += "&after=" + std::to_string(*after);
    return get(client, asked);
}

Result<jose::KeySet> read_published_keys(std::string_view text) {
    {
        json::Document document;
        const auto root = document.parse(text);
        const auto keys = root ? root->find("keys") : std::nullopt;
        if (keys && keys->type() == json::Type::array && keys->size() == 0) return jose::KeySet();
    }
    auto keys = jose::parse_jwks(text);
    if (!keys) return keys;
    for (const jose::Key& key : keys->keys()) {
        if (key.is_symmetric())
            return Error(errors::key_weak, "it publishes a secret (oct): whoever can read it can sign");
        if (key.can_sign()) return Error(errors::key_weak, "it publishes the private half of a key");
    }
    return keys;
}

}  // namespace keyhold::guard
