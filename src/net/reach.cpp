// SPDX-License-Identifier: Apache-2.0
#include "net/reach.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace keyhold::net {
namespace {

// IANA IPv4 Special-Purpose Address Registry, and multicast (RFC 5771).
constexpr std::array<std::string_view, 16> special_v4{
    "0.0.0.0/8",     "10.0.0.0/8",      "100.64.0.0/10",   "127.0.0.0/8",     "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24",  "192.0.2.0/24",    "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",  "224.0.0.0/3"};

// IANA IPv6 Special-Purpose Address Registry within what is given to anybody (2000::/3, RFC 4291 §2.4): IETF protocols
// with Teredo, documentation, 6to4, documentation.
constexpr std::string_view global_v6 = "2000::/3";
constexpr std::array<std::string_view, 5> special_v6{"2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48",
                                                     "3fff::/20"};

bool is_among(std::span<const std::string_view> networks, const IpAddress& address) {
    return std::ranges::any_of(networks, [&](std::string_view text) { return IpNetwork::parse(text)->holds(address); });
}

}  // namespace

bool is_public(const IpAddress& address) {
    if (address.is_v4()) return !is_among(special_v4, address);
    return IpNetwork::parse(global_v6)->holds(address) && !is_among(special_v6, address);
}

bool Reach::holds(const IpAddress& address) const {
    return anywhere || is_public(address) ||
           std::ranges::any_of(networks, [&](const IpNetwork& network) { return network.holds(address); });
}

}  // namespace keyhold::net
