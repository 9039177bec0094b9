// SPDX-License-Identifier: Apache-2.0
// What a request asks for, and of whom: the request target and the Host (RFC 9112 §3.2, RFC 9110 §4.2).
#pragma once

#include <optional>
#include <string_view>

namespace keyhold::http {

// The parts of one request target: views into the text that was parsed, still percent-encoded. Parts that the target
// does not have are empty.
struct Target {
    std::string_view path;       // begins with '/', or is "*"
    std::string_view query;      // without the '?'
    std::string_view authority;  // of the absolute form; takes the place of Host (§3.2.2)
};

// Origin form, absolute form, or the asterisk of OPTIONS; printable ASCII. Refused: everything else, and what another
// reader could take for another target (a fragment, user information, an empty host).
std::optional<Target> parse_target(std::string_view method, std::string_view target);

// Whether the text is a host with or without a port, as Host holds it. It may be empty (RFC 9110 §7.2).
bool is_host(std::string_view text);

// What is_host() says yes to, without the port and without brackets: "[::1]:80" -> "::1".
std::string_view without_port(std::string_view host);

}  // namespace keyhold::http
