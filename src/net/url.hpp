// SPDX-License-Identifier: Apache-2.0
// The URL of somebody whom we ask, taken apart as libcurl will (RFC 3986).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace keyhold::net {

// A value, made by parse_url() alone. Its text is ASCII without blanks, so it may stand in a log.
struct Url {
    std::string text;    // as it was given
    std::string scheme;  // "https" or "http"
    std::string host;    // without brackets
    std::string origin;  // scheme, host and port: "https://id.example:8443"
    std::string path;    // begins with '/'; "/" alone if there is none

    bool is_loopback() const;  // "localhost" (RFC 6761 §6.3) or an address of this machine, as literals
};

// Whether http:// is let through to other machines than this one.
enum class PlainHttp { on_this_machine, anywhere };
// Those of issuers have none, as others append to them; where a client wants to be told something, it may have one.
enum class UrlQuery { refused, allowed };

// Refused (malformed): other schemes; http to others than this machine, unless said otherwise; names and passwords, a
// fragment, or unless it is allowed a query in it; white space and control characters; over 2 KiB.
Result<Url> parse_url(std::string_view text, PlainHttp plain_http, UrlQuery query = UrlQuery::refused);

}  // namespace keyhold::net
