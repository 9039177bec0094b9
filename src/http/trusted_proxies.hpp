// SPDX-License-Identifier: Apache-2.0
// Whose X-Forwarded-For is believed: what client is behind a proxy of ours.
//
// Each proxy appends the address that it was called from. So the list is read from its end: past the proxies that we
// trust, to the first address that we do not. What stands before it was written by whoever is there.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.hpp"
#include "base/result.hpp"
#include "http/message.hpp"

namespace keyhold::http {

// A value that does not change after parse(): any thread may ask it. A reload does not reach it, as it stands in
// ServerOptions.
class TrustedProxies {
public:
    // Addresses, networks ("10.0.0.0/8"), or "unix" for whoever connects to a Unix socket. Refused: configuration.
    static Result<TrustedProxies> parse(std::span<const std::string> texts);

    // `peer` is who connected; what is no address came by a Unix socket.
    bool trust(std::string_view peer) const;
    bool trust(const IpAddress& peer) const;

    // Whether a peer may be a proxy that nobody has named: it is on this machine or in a private network (RFC 1918,
    // RFC 6598, RFC 4193), where proxies stand and clients mostly do not.
    static bool is_near(std::string_view peer);

    // The address of the client behind a peer that is trusted: a view into the request, or `peer`. Stops at what is no
    // address, as nobody knows who wrote it.
    std::string_view client_of(const Request& request, std::string_view peer) const;

private:
    std::vector<IpNetwork> networks_;
    bool unix_ = false;
};

}  // namespace keyhold::http
