// SPDX-License-Identifier: Apache-2.0
// What an issuer publishes, fetched and read: where its keys are, the keys, and what it says about one token.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "jose/key.hpp"
#include "net/https_client.hpp"

namespace keyhold::guard {

// An answer came and cannot be used. what() is a sentence with the URL, for logs.
class BadAnswer : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Each is empty where the document does not name it.
struct Endpoints {
    std::optional<net::Url> keys;
    std::optional<net::Url> introspection;
    std::optional<net::Url> revocations;  // Keyhold's own: `revocation_feed_endpoint`
};

// OpenID Connect Discovery 1.0 §4, else RFC 8414 §3. Throws BadAnswer and net::Unreachable, also where the document
// names another issuer (RFC 8414 §3.3) or URLs that net::parse_url() refuses; where the issuer is https, all are.
Endpoints discover(net::HttpsClient& client, const net::Url& issuer, net::PlainHttp plain_http);

// The text of a JWK Set. Throws BadAnswer for any status but 200, and net::Unreachable.
std::string fetch_keys(net::HttpsClient& client, const net::Url& url);

// What came after that number in the feed; the issuer may wait for so long. Throws as fetch_keys().
std::string fetch_revocations(net::HttpsClient& client, const net::Url& url, std::optional<std::int64_t> after,
                              std::chrono::seconds wait);

// A JWK Set that was fetched: it may be empty, as an issuer that trusts no key of its own any more must be able to say
// so. Refused: secrets and private halves, which everybody could read, and what jose::parse_jwks() refuses.
Result<jose::KeySet> read_published_keys(std::string_view text);

}  // namespace keyhold::guard
