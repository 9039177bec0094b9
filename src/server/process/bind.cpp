// SPDX-License-Identifier: Apache-2.0
#include "server/process/bind.hpp"

namespace keyhold::server {

Result<http::Address> parse_bind(std::string_view setting, const std::string& text) {
    constexpr std::string_view unix_prefix = "unix:";
    const Error wrong(errors::configuration, std::string(setting) + " = '" + text +
                                                 "' is not an address and a port, as in 127.0.0.1:8000 or [::1]:8000, "
                                                 "and no Unix socket, as in unix:/run/keyhold.sock");
    if (text.starts_with(unix_prefix)) {
        if (text.size() == unix_prefix.size()) return wrong;
        return http::Address{{}, 0, text.substr(unix_prefix.size())};
    }
    // The last colon, as an IPv6 address has others.
    const std::size_t colon = text.rfind(':');
    if (colon == text.npos) return wrong;
    std::string host = text.substr(0, colon);
    const std::string port = text.substr(colon + 1);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != port.npos ||
        std::stoul(port) > 65535)
        return wrong;
    return http::Address{host, static_cast<std::uint16_t>(std::stoul(port)), {}};
}

std::string url_of(const http::Address& address, std::string_view scheme) {
    if (address.is_unix()) return to_text(address);
    return std::string(scheme) + "://" + to_text(address);
}

}  // namespace keyhold::server
