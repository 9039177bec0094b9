// SPDX-License-Identifier: Apache-2.0
// The shortest client: one request over a connection of its own.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/descriptor.hpp"

namespace keyhold {

// The port of a URL that ends with one: "http://127.0.0.1:8080".
inline std::uint16_t port_of(const std::string& url) {
    return static_cast<std::uint16_t>(std::stoul(url.substr(url.rfind(':') + 1)));
}

// Who did not get a connection got nothing; who got one gets an answer, or what came of it.
// To a server on 127.0.0.1, and blocks until that server closes: "Connection: close" makes the end of the stream the
// end of the answer, so nothing here parses Content-Length. `fields` are whole lines, each with its "\r\n". The reply
// is head and body as they came; it is what had come until then if the server broke off.
inline std::optional<std::string> ask(std::uint16_t port, std::string_view path, std::string_view fields = {},
                                      std::string_view method = "GET") {
    const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return std::nullopt;
    const std::string request = std::string(method) + " " + std::string(path) +
                                " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + std::string(fields) + "\r\n";
    (void)::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL);
    std::string reply;
    char buffer[4096];
    for (ssize_t got = 0; (got = ::recv(socket.get(), buffer, sizeof buffer, 0)) > 0;)
        reply.append(buffer, static_cast<std::size_t>(got));
    return reply;
}

// Without a body.
inline std::optional<std::string> post(std::uint16_t port, std::string_view path) {
    return ask(port, path, "Content-Length: 0\r\n", "POST");
}

// 200 with a whole JSON object: an answer that broke off does not end with its brace.
inline bool is_ok(const std::optional<std::string>& reply) {
    return reply && reply->starts_with("HTTP/1.1 200 ") && reply->ends_with("}");
}

}  // namespace keyhold
