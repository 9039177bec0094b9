// SPDX-License-Identifier: Apache-2.0
// Addresses as settings spell them.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "http/address.hpp"
#include "server/settings/settings.hpp"

namespace keyhold::server {

// "127.0.0.1:8000", "[::1]:8000" or "unix:/run/keyhold.sock". Refused: configuration, which names the setting, also
// for a path that is too long for a socket.
// Port 0 takes a free one. `setting` is only named in the refusal.
Result<http::Address> parse_bind(std::string_view setting, const std::string& text);

// Why these cannot be listened at side by side, as two of them are one address, or one takes its port of every address.
// Empty if they can, and of those that parse_bind() refuses. `admin_bind` may be empty.
std::string problem_with_addresses(const std::vector<std::string>& bind, const std::string& admin_bind);

// "http://[::1]:8000"; a Unix socket has no URL: "unix:/run/keyhold.sock".
std::string url_of(const http::Address& address, std::string_view scheme = "http");

// "https" with a certificate.
inline std::string_view scheme_of(const Settings& settings) {
    return settings.tls_certificate.empty() ? "http" : "https";
}

}  // namespace keyhold::server
