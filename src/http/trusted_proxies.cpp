// SPDX-License-Identifier: Apache-2.0
#include "http/trusted_proxies.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace keyhold::http {

namespace {

// A chain of more proxies than that is somebody's invention.
constexpr int most_hops = 32;

// Some proxies write a port too: "192.0.2.1:4711", "[2001:db8::1]:4711", "[2001:db8::1]".
// A colon that is the only one ends an IPv4 address; of several, all belong to an IPv6 address without brackets, which
// has no port then.
std::string_view address_of(std::string_view text) {
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        return end == text.npos ? std::string_view() : text.substr(1, end - 1);
    }
    const std::size_t colon = text.find(':');
    return colon != text.npos && text.find(':', colon + 1) == text.npos ? text.substr(0, colon) : text;
}

}  // namespace

Result<TrustedProxies> TrustedProxies::parse(std::span<const std::string> texts) {
    TrustedProxies proxies;
    for (const std::string& text : texts) {
        if (text == "unix") {
            proxies.unix_ = true;
            continue;
        }
        const auto network = IpNetwork::parse(text);
        if (!network)
            return Error(errors::configuration,
                         "trusted_proxies: '" + text + "' is no address, no network as in 10.0.0.0/8, and not 'unix'");
        proxies.networks_.push_back(*network);
    }
    return proxies;
}

bool TrustedProxies::trust(std::string_view peer) const {
    // The usual case, for each connection: without networks only Unix sockets are trusted, and what they have is no
    // address.
    if (networks_.empty()) return unix_ && !IpAddress::parse(peer);
    const auto address = IpAddress::parse(peer);
    return address ? trust(*address) : unix_;
}

bool TrustedProxies::trust(const IpAddress& peer) const {
    return std::ranges::any_of(networks_, [&](const IpNetwork& network) { return network.holds(peer); });
}

// Link-local networks (RFC 3927, RFC 4291 §2.5.6) and loopback count as well, since side-cars and containers stand
// there. What is no address is a Unix socket, whose other end is always on this machine.
bool TrustedProxies::is_near(std::string_view peer) {
    constexpr std::array networks{"127.0.0.0/8",   "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16",
                                  "100.64.0.0/10", "::1",        "fc00::/7",      "fe80::/10"};
    const auto address = IpAddress::parse(peer);
    return !address || std::ranges::any_of(networks, [&](std::string_view network) {
        return IpNetwork::parse(network).value().holds(*address);
    });
}

std::string_view TrustedProxies::client_of(const Request& request, std::string_view peer) const {
    std::string_view client = peer;
    int hops = 0;
    // Several fields are one list, in their order (RFC 9110 §5.3).
    // Read backwards, field by field and item by item: the last item was appended by the proxy that is nearest to us.
    for (auto field = request.fields.rbegin(); field != request.fields.rend(); ++field) {
        if (!equal_ignoring_case(field->name, "X-Forwarded-For")) continue;
        for (std::string_view rest = field->value; !rest.empty();) {
            const std::size_t comma = rest.rfind(',');
            const std::string_view item = trimmed(comma == rest.npos ? rest : rest.substr(comma + 1));
            rest = comma == rest.npos ? std::string_view() : rest.substr(0, comma);
            // Empty items of a list are passed over (RFC 9110 §5.6.1.2).
            if (item.empty()) continue;
            const std::string_view address = address_of(item);
            // A zone means nothing to us, and anything may stand in one.
            if (address.find('%') != address.npos || !IpAddress::parse(address)) return client;
            client = address;
            // The first address that we do not trust is the client's, as far as anybody knows. Whatever stands before
            // it, that client could have written.
            if (!trust(client) || ++hops == most_hops) return client;
        }
    }
    return client;
}

}  // namespace keyhold::http
