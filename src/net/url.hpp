// SPDX-License-Identifier: Apache-2.0
// The URL of somebody whom we ask, taken apart as libcurl will (RFC 3986).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace keyhold::net {

struct Url {
    std::string text;    // as it was given
    std::string scheme;  // "https" or "http"
    std::string host;    // without brackets
    std::string origin;  // scheme, host and port: "https://id.example:8443"
    std::string path;    // begins with '/'; "/" alone if there is none

    bool is_loopback() const;  // "localhost" (RFC 6761 §6.3) or an address of this machine, as literals
};

enum class PlainHttp { on_this_machine, anywhere };

// Refused (malformed): other schemes; http to others than this machine, unless said otherwise; names and passwords, a
// query or a fragment in it; white space and control characters; over 2 KiB.
Result<Url> parse_url(std::string_view text, PlainHttp plain_http);

}  // namespace keyhold::net
