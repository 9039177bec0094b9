// SPDX-License-Identifier: Apache-2.0
// Where a server listens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace keyhold::http {

// What fits into sockaddr_un::sun_path before its NUL (unix(7)).
inline constexpr std::size_t longest_socket_path = 107;

// One address: a TCP address or a Unix socket, never both. A plain value, which nobody has checked: whether it can be
// listened at comes out in ListeningSocket::open().
struct Address {
    std::string host;        // an IP address, without brackets
    std::uint16_t port = 0;  // 0: any free one
    std::string path;        // instead of both: a Unix socket

    bool is_unix() const { return !path.empty(); }
};

// "127.0.0.1:8000", "[::1]:8000", "unix:/run/keyhold.sock"
// The form that the setting `bind`, the log and error messages use. IPv6 gets its brackets back (RFC 3986 §3.2.2),
// because the port stands behind a colon too.
inline std::string to_text(const Address& address) {
    if (address.is_unix()) return "unix:" + address.path;
    const bool v6 = address.host.find(':') != std::string::npos;
    return (v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

}  // namespace keyhold::http
