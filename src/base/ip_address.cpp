// SPDX-License-Identifier: Apache-2.0
#include "base/ip_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "base/integer.hpp"

namespace keyhold {

namespace {

constexpr std::array<unsigned char, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    // A zone (RFC 4007 §11) names an interface of the machine that wrote it.
    text = text.substr(0, text.find('%'));
    // inet_pton(3) wants a NUL at the end, and would take one within the text for it.
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    if (text.empty() || text.size() >= terminated.size() || text.find('\0') != text.npos) return std::nullopt;
    std::copy(text.begin(), text.end(), terminated.begin());
    IpAddress address;
    if (inet_pton(AF_INET6, terminated.data(), address.bytes_.data()) == 1) return address;
    std::copy(mapped.begin(), mapped.end(), address.bytes_.begin());
    if (inet_pton(AF_INET, terminated.data(), &address.bytes_[mapped.size()]) == 1) return address;
    return std::nullopt;
}

bool IpAddress::is_v4() const { return std::equal(mapped.begin(), mapped.end(), bytes_.begin()); }

bool IpAddress::is_loopback() const {
    static constexpr std::array<unsigned char, 16> one{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    return is_v4() ? bytes_[mapped.size()] == 127 : bytes_ == one;
}

IpAddress IpAddress::masked(std::size_t bits) const {
    IpAddress result;
    std::copy_n(bytes_.begin(), bits / 8, result.bytes_.begin());
    if (bits % 8 != 0) {
        const auto mask = static_cast<unsigned char>(0xff00U >> bits % 8);
        result.bytes_[bits / 8] = static_cast<unsigned char>(bytes_[bits / 8] & mask);
    }
    return result;
}

std::optional<IpNetwork> IpNetwork::parse(std::string_view text) {
    const std::size_t slash = std::min(text.find('/'), text.size());
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address || text.find('%') != text.npos) return std::nullopt;
    IpNetwork network;
    network.address_ = *address;
    if (slash == text.size()) return network;
    const std::string_view digits = text.substr(slash + 1);
    // In the notation of IPv6 ("::ffff:10.0.0.0/104") the bits are those of IPv6 already.
    const std::size_t offset = address->is_v4() && text.find(':') == text.npos ? 96 : 0;
    const auto bits = parse_integer<std::size_t>(digits);
    if (!bits || *bits > 128 - offset) return std::nullopt;
    network.bits_ = *bits + offset;
    // Bits are set behind the prefix, as in "10.1.0.0/8".
    if (!network.holds(*address)) return std::nullopt;
    return network;
}

}  // namespace keyhold
