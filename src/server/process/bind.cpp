// SPDX-License-Identifier: Apache-2.0
#include "server/process/bind.hpp"

#include <filesystem>
#include <utility>

#include "base/ip_address.hpp"

namespace keyhold::server {
namespace {

// Whether the one that is opened second is refused its address.
bool are_in_each_others_way(const http::Address& one, const http::Address& other) {
    if (one.is_unix() != other.is_unix()) return false;
    if (one.is_unix())
        return std::filesystem::path(one.path).lexically_normal() ==
               std::filesystem::path(other.path).lexically_normal();
    const auto is_v6 = [](const http::Address& address) { return address.host.find(':') != std::string::npos; };
    // Port 0 finds a free one each time, and our IPv6 sockets take no IPv4 (IPV6_V6ONLY).
    if (one.port == 0 || one.port != other.port || is_v6(one) != is_v6(other)) return false;
    const auto any = IpAddress::parse(is_v6(one) ? "::" : "0.0.0.0");
    const auto first = IpAddress::parse(one.host), second = IpAddress::parse(other.host);
    // What is no IP address is refused for that.
    return first && second && (first == second || first == any || second == any);
}

}  // namespace

Result<http::Address> parse_bind(std::string_view setting, const std::string& text) {
    constexpr std::string_view unix_prefix = "unix:";
    const Error wrong(errors::configuration, std::string(setting) + " = '" + text +
                                                 "' is not an address and a port, as in 127.0.0.1:8000 or [::1]:8000, "
                                                 "and no Unix socket, as in unix:/run/keyhold.sock");
    if (text.starts_with(unix_prefix)) {
        if (text.size() == unix_prefix.size()) return wrong;
        if (text.size() - unix_prefix.size() > http::longest_socket_path)
            return Error(errors::configuration, std::string(setting) + " = '" + text +
                                                    "' is too long for a socket: at most " +
                                                    std::to_string(http::longest_socket_path) + " characters");
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

std::string problem_with_addresses(const std::vector<std::string>& bind, const std::string& admin_bind) {
    std::vector<std::pair<std::string_view, std::string>> texts;
    for (const std::string& text : bind) texts.emplace_back("bind", text);
    if (!admin_bind.empty()) texts.emplace_back("admin_bind", admin_bind);
    for (std::size_t later = 1; later < texts.size(); ++later)
        for (std::size_t earlier = 0; earlier < later; ++earlier) {
            const auto one = parse_bind(texts[earlier].first, texts[earlier].second);
            const auto other = parse_bind(texts[later].first, texts[later].second);
            if (!one || !other || !are_in_each_others_way(*one, *other)) continue;
            const std::string shown(texts[later].first);
            return shown + " = " + to_text(*other) + " is taken by " + std::string(texts[earlier].first) + " = " +
                   to_text(*one) + ": name another address, or leave one of them out";
        }
    return {};
}

std::string url_of(const http::Address& address, std::string_view scheme) {
    if (address.is_unix()) return to_text(address);
    return std::string(scheme) + "://" + to_text(address);
}

}  // namespace keyhold::server
