// SPDX-License-Identifier: Apache-2.0
// IP addresses and networks as text and as bytes (RFC 4291; IPv4 as IPv4-mapped IPv6, §2.5.5.2).
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace keyhold {

// A value of 16 bytes. IPv4 addresses are kept as IPv4-mapped ones, so that "192.0.2.7" and "::ffff:192.0.2.7" are
// equal: a socket for both families gives the second where a socket for IPv4 gives the first.
class IpAddress {
public:
    // "192.0.2.7", "2001:db8::1", with or without a zone ("%eth0"), which is left out. Empty for anything else.
    static std::optional<IpAddress> parse(std::string_view text);

    bool is_v4() const;
    bool is_loopback() const;  // 127.0.0.0/8 (RFC 1122 §3.2.1.3), ::1

    // The network that one customer is given: of IPv6 the first 64 bits, the least that a provider assigns (RFC 6177);
    // of IPv4 the whole address.
    IpAddress network() const { return is_v4() ? *this : masked(64); }

    // All but the first `bits` are zero. At most 128; of an IPv4 address 96 bits more than its own.
    IpAddress masked(std::size_t bits) const;

    // All 16 of them, in network order.
    std::string_view bytes() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }
    bool operator==(const IpAddress&) const = default;

    struct Hash {
        std::size_t operator()(const IpAddress& address) const {
            return std::hash<std::string_view>{}(address.bytes());
        }
    };

private:
    std::array<unsigned char, 16> bytes_{};
};

// An address, or "address/bits" (RFC 4632).
// `bits` of the text count from the left of the address in its own family; a network of IPv4 holds IPv4 addresses
// alone, "::/0" holds all.
class IpNetwork {
public:
    // Empty for what is none, also if bits are set behind the prefix: nobody knows what was meant.
    static std::optional<IpNetwork> parse(std::string_view text);
    bool holds(const IpAddress& address) const { return address.masked(bits_) == address_; }

private:
    IpAddress address_;
    std::size_t bits_ = 128;
};

}  // namespace keyhold
