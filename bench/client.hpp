// SPDX-License-Identifier: Apache-2.0
// What the load generators share: a connection to 127.0.0.1, where an answer ends, percentiles.
#pragma once

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace bench {

inline int dial(int port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
    std::perror("connect");
    std::exit(1);
}

// Head and Content-Length bytes behind it have arrived. uvicorn writes field names in lower case.
inline bool is_complete(const std::string& text) {
    constexpr const char name[] = "\r\nContent-Length: ";
    const std::size_t head = text.find("\r\n\r\n");
    if (head == text.npos) return false;
    for (std::size_t at = text.find("\r\n"); at < head; at = text.find("\r\n", at + 2))
        if (::strncasecmp(text.c_str() + at, name, sizeof name - 1) == 0)
            return text.size() >= head + 4 + std::strtoul(text.c_str() + at + sizeof name - 1, nullptr, 10);
    return true;
}

inline double percentile(std::vector<double> values, double part) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    return values[std::min(values.size() - 1, static_cast<std::size_t>(part * static_cast<double>(values.size())))];
}

}  // namespace bench
